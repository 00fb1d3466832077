import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Contender } from './contender.ts';

/** The OpenTelemetry Collector `binary`, reading CRI lines; `exporter` says by its id and options where to. */
export function otelcolContender(
  binary: string,
  folder: string,
  name: string,
  exporter: (output: string) => Readonly<Record<string, object>>,
): Contender {
  return {
    name,
    command(root, output) {
      const config = join(folder, 'otel.yaml');
      const exporters = exporter(output);
      writeFileSync(
        config,
        JSON.stringify({
          receivers: {
            file_log: {
              include: [`${root}/*/*/*.log`],
              start_at: 'beginning',
              include_file_path: true,
              operators: [{ type: 'container' }],
            },
          },
          exporters,
          service: {
            telemetry: { metrics: { level: 'none' } },
            pipelines: { logs: { receivers: ['file_log'], exporters: Object.keys(exporters) } },
          },
        }),
      );
      return { argv: [binary, '--config', `file:${config}`] };
    },
  };
}
