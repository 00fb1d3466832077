import type { ChainState } from '../../log-collector/checkpoint/checkpoint-data.ts';
import type { FollowRequest } from '../../log-collector/follow/follow-request.ts';
import type { FollowEvent } from '../../log-collector/follow/follow-session.ts';
import type { JsonRecord } from '../../log-collector/record/json-lines.ts';

export type Marks = Readonly<Record<string, ChainState>>;
export type FollowMessage = JsonRecord | FollowEvent;

/** A collector answered, and not with logs. */
export class FollowRefused extends Error {
  readonly status: number;

  constructor(status: number, reason: string) {
    super(reason);
    this.status = status;
  }
}

export interface OpenFollowOptions {
  /** Where the collector's follow port is reachable, `http://127.0.0.1:41235`. */
  readonly url: string;
  readonly request: FollowRequest;
  readonly signal: AbortSignal;
  /** Longest silence, in milliseconds; a collector says something every five seconds. Default 20 s. */
  readonly silenceMs?: number;
}

/**
 * What one collector says, until it or the connection ends. While the consumer does not ask for the next message nothing
 * is read, and the collector waits.
 *
 * @throws FollowRefused, or what the network says.
 */
export async function* openFollow(options: OpenFollowOptions): AsyncGenerator<FollowMessage> {
  const { url, request, signal, silenceMs = 20_000 } = options;
  const quiet = new AbortController();
  const response = await fetch(`${url}/follow`, {
    method: 'POST',
    body: JSON.stringify(request),
    signal: AbortSignal.any([signal, quiet.signal]),
  });
  if (!response.ok || response.body === null) {
    const text = await response.text();
    throw new FollowRefused(response.status, reasonIn(text));
  }
  const decoder = new TextDecoder();
  const reader = response.body.getReader();
  let rest = '';
  let timer: NodeJS.Timeout | undefined;
  try {
    for (;;) {
      timer = setTimeout(() => quiet.abort(new Error(`silent for ${silenceMs / 1_000} s`)), silenceMs);
      const { done, value } = await reader.read();
      clearTimeout(timer);
      if (done) return;
      const lines = (rest + decoder.decode(value, { stream: true })).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) yield JSON.parse(line) as FollowMessage;
    }
  } finally {
    clearTimeout(timer);
    await reader.cancel().catch(() => undefined);
  }
}

function reasonIn(text: string): string {
  try {
    return String((JSON.parse(text) as { reason?: unknown }).reason ?? text);
  } catch {
    return text.slice(0, 200);
  }
}
