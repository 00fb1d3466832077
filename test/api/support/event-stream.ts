import { get } from 'node:http';
import { until } from '../../support/until.ts';

export interface StreamedEvent {
  readonly id: string;
  readonly event: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into whatever came
  readonly data: any;
}

export interface EventStream {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  /** Everything received so far. */
  readonly text: string;
  readonly events: readonly StreamedEvent[];
  readonly ended: boolean;
  /** Waits for an event of that name (and kind). */
  next(name: string, fits?: (event: StreamedEvent) => boolean): Promise<StreamedEvent>;
  close(): void;
}

/** Follows server-sent events as a browser's EventSource would. */
export function follow(port: number, headers: Record<string, string> = {}): Promise<EventStream> {
  return new Promise((resolve, reject) => {
    const request = get({ host: '127.0.0.1', port, path: '/api/v1/events', headers, agent: false }, (response) => {
      const stream = {
        status: response.statusCode ?? 0,
        headers: response.headers,
        text: '',
        ended: false,
        get events(): StreamedEvent[] {
          return stream.text
            .split('\n\n')
            .slice(0, -1)
            .filter((block) => block.startsWith('id:'))
            .map((block) => {
              const field = (name: string) => new RegExp(`^${name}: (.*)$`, 'm').exec(block)?.[1] ?? '';
              return { id: field('id'), event: field('event'), data: JSON.parse(field('data')) };
            });
        },
        next: (name: string, fits: (event: StreamedEvent) => boolean = () => true) =>
          until(`an event ${name}`, () => stream.events.find((e) => e.event === name && fits(e)), 20_000),
        close: () => void request.destroy(),
      };
      response.on('data', (chunk: Buffer) => {
        stream.text += chunk.toString();
      });
      response.on('close', () => {
        stream.ended = true;
      });
      response.on('error', () => {});
      resolve(stream);
    });
    request.on('error', reject);
  });
}
