import { readFileSync } from 'node:fs';
import { request } from 'node:https';
import { join } from 'node:path';
import type { LocalClusterContext } from './local-cluster-context.ts';

const deadlineMs = 5_000;

/**
 * One GET to the API server as its administrator, for questions that are asked again and again while something comes
 * up: starting kubectl for each costs more CPU than the parts that are being waited for.
 * @returns the body, or `undefined` for any other answer than 200 and for none within 5 s.
 */
export function askApi({ layout, state, context }: LocalClusterContext, path: string): Promise<string | undefined> {
  const pki = (file: string) => readFileSync(join(layout.pki, file));
  return new Promise((resolve) => {
    const asked = request(
      {
        host: '127.0.0.1',
        port: state.data.apiPort,
        path,
        ca: pki('ca.crt'),
        cert: pki('admin.crt'),
        key: pki('admin.key'),
        // A connection of its own: one kept open to an API server that has been killed would answer never.
        agent: false,
        signal: AbortSignal.any([AbortSignal.timeout(deadlineMs), context.signal]),
      },
      (answer) => {
        let body = '';
        answer.setEncoding('utf8');
        answer.on('data', (chunk: string) => {
          body += chunk;
        });
        answer.on('end', () => resolve(answer.statusCode === 200 ? body : undefined));
        answer.on('error', () => resolve(undefined));
      },
    );
    asked.on('error', () => resolve(undefined));
    asked.end();
  });
}
