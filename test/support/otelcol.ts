import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { compileGo } from '../../src/cluster/local/compile-go.ts';
import { localCacheFolder } from '../../src/cluster/local/local-provider.ts';
import { createTools, findSystemProgram } from '../../src/cluster/local/tools.ts';
import { testContext } from '../cluster/support/local-test-cluster.ts';

const module = join(import.meta.dirname, 'otelcol');

/**
 * An OpenTelemetry Collector with the receivers `otlp` and `file_log` and the exporters `otlp_http` and `file`: the one
 * that `JOURNEY_OTELCOL` names, or one compiled once from Go modules, kept beside what local clusters are made of.
 *
 * @returns `undefined` where there is neither that nor Go.
 */
export async function otelcol(): Promise<string | undefined> {
  const named = process.env['JOURNEY_OTELCOL'];
  if (named !== undefined && named !== '') return named;
  const hash = createHash('sha256').update(process.arch);
  for (const file of ['go.mod', 'go.sum', 'main.go']) hash.update(readFileSync(join(module, file)));
  const folder = join(localCacheFolder(homedir()), `otelcol-${hash.digest('hex').slice(0, 16)}`);
  const program = join(folder, 'otelcol');
  if (existsSync(program)) return program;
  if (findSystemProgram('go', process.env) === undefined) return undefined;
  mkdirSync(folder, { recursive: true });
  console.log('Compiling the OpenTelemetry Collector (once)…');
  const output = join(folder, `.otelcol.${process.pid}`);
  await compileGo({ module, package: '.', ldflags: '-s -w', output }, createTools(testContext()));
  renameSync(output, program);
  return program;
}
