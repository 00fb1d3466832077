import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { http } from '../../node-http.ts';
import { dialable, type ProbeTarget } from '../process/probe.ts';

/** A log file that should be read to its end, and the Pod it belongs to. */
export interface FinishedLog {
  readonly podUid: string;
  readonly file: string;
}

/** What we use of the collector's `GET /streams`. */
interface StreamView {
  readonly uid?: string;
  readonly files?: readonly { readonly name?: string; readonly offset?: number }[];
}

/**
 * Resolves when the collector has read these logs to their end, or at the deadline: it looks at quiet files only now and
 * then, and when asked to stop it reads no further. What it has not read it reads at its next start. Never rejects.
 */
export async function whenCollected(
  collector: ProbeTarget,
  logs: readonly FinishedLog[],
  deadlineMs: number,
  impatient?: AbortSignal,
): Promise<void> {
  const end = performance.now() + deadlineMs;
  let left = logs;
  while (performance.now() < end && impatient?.aborted !== true) {
    const streams = await fetchStreams(collector);
    if (streams === undefined) return;
    const unread = await Promise.all(left.map(async (log) => !(await isRead(log, streams))));
    left = left.filter((_, i) => unread[i] === true);
    if (left.length === 0) return;
    await delay(50);
  }
}

async function isRead({ podUid, file }: FinishedLog, streams: readonly StreamView[]): Promise<boolean> {
  const size = await stat(file).then(
    (found) => found.size,
    () => 0,
  );
  if (size === 0) return true;
  const files = streams.filter(({ uid }) => uid === podUid).flatMap((stream) => stream.files ?? []);
  return files.some(({ name = '', offset = 0 }) => basename(name) === basename(file) && offset >= size);
}

/** `undefined` when the collector does not answer: it is on its way out, or hangs. */
function fetchStreams({ address, port }: ProbeTarget): Promise<readonly StreamView[] | undefined> {
  return new Promise((settle) => {
    const options = {
      host: dialable(address),
      port,
      path: '/streams',
      agent: false,
      signal: AbortSignal.timeout(1_000),
    };
    const request = http.get(options, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', () => settle(undefined));
      response.on('end', () => {
        try {
          const body = JSON.parse(Buffer.concat(chunks).toString()) as
            | { streams?: readonly StreamView[] }
            | StreamView[];
          settle(Array.isArray(body) ? body : (body.streams ?? undefined));
        } catch {
          settle(undefined);
        }
      });
    });
    request.on('error', () => settle(undefined));
  });
}
