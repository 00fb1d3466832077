import { JourneyError } from '../errors/journey-error.ts';

/** What a load run does. Everything is bounded: it is a measuring tool, not a weapon. */
export interface LoadPlan {
  /** Origin of the API, `http://127.0.0.1:8080`. */
  readonly url: URL;
  readonly durationMs: number;
  readonly connections: number;
  /** How many different keys are read and written. */
  readonly keys: number;
  /** Share of reads, 0 to 1; the rest are writes. */
  readonly readShare: number;
  /** Size of a value as JSON, in bytes. */
  readonly valueBytes: number;
  /**
   * Requests per second that are due, whether or not the server keeps up (open loop). `undefined`: each connection
   * sends the next request when the last is answered (closed loop).
   */
  readonly ratePerSecond: number | undefined;
}

export interface LoadPlanInput {
  readonly url?: string | undefined;
  readonly seconds?: number | undefined;
  readonly connections?: number | undefined;
  readonly keys?: number | undefined;
  readonly readShare?: number | undefined;
  readonly valueBytes?: number | undefined;
  readonly ratePerSecond?: number | undefined;
  /** Allows a target beyond this machine and this cluster. */
  readonly allowRemote?: boolean | undefined;
}

interface Limit {
  readonly minimum: number;
  readonly maximum: number;
  readonly fallback: number;
  readonly whole: boolean;
}

/** Limits and defaults by option, as `journey load --help` states them. */
const loadLimits = {
  seconds: { minimum: 0.1, maximum: 60, fallback: 10, whole: false },
  connections: { minimum: 1, maximum: 512, fallback: 16, whole: true },
  keys: { minimum: 1, maximum: 100_000, fallback: 1_000, whole: true },
  readShare: { minimum: 0, maximum: 1, fallback: 0.9, whole: false },
  valueBytes: { minimum: 2, maximum: 262_144, fallback: 256, whole: true },
  ratePerSecond: { minimum: 1, maximum: 100_000, fallback: 0, whole: false },
} as const satisfies Readonly<Record<string, Limit>>;

const defaultLoadUrl = 'http://127.0.0.1:8080';

/** @throws JourneyError `load-option-invalid`, `load-target-remote`. */
export function planLoad(input: LoadPlanInput): LoadPlan {
  const url = parseUrl(input.url ?? defaultLoadUrl);
  if (input.allowRemote !== true && !isNear(url.hostname))
    throw new JourneyError('load-target-remote', { host: url.hostname });
  const checked = (name: keyof typeof loadLimits): number => {
    const { minimum, maximum, fallback, whole }: Limit = loadLimits[name];
    const value = input[name] ?? fallback;
    if (!Number.isFinite(value) || value < minimum || value > maximum || (whole && !Number.isInteger(value))) {
      throw new JourneyError('load-option-invalid', { option: name, value, minimum, maximum });
    }
    return value;
  };
  return {
    url,
    durationMs: checked('seconds') * 1_000,
    connections: checked('connections'),
    keys: checked('keys'),
    readShare: checked('readShare'),
    valueBytes: checked('valueBytes'),
    ratePerSecond: input.ratePerSecond === undefined ? undefined : checked('ratePerSecond'),
  };
}

function parseUrl(text: string): URL {
  const url = URL.parse(text);
  if (url === null || url.protocol !== 'http:') throw new JourneyError('load-url-invalid', { url: text });
  return url;
}

/** This machine, or a name that only resolves inside a cluster. Never decided by asking DNS, which anybody may answer. */
function isNear(hostname: string): boolean {
  const host = hostname.replace(/^\[(.*)\]$/, '$1').toLowerCase();
  if (host === 'localhost' || host.endsWith('.localhost') || host === '::1') return true;
  return /^127(\.\d{1,3}){3}$/.test(host) || /\.svc(\.cluster\.local)?$/.test(host);
}
