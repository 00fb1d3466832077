import type { LoadResult } from '../run-load.ts';

/** The result as one JSON document; times in milliseconds. */
export function loadJson(result: LoadResult): string {
  const { plan, startedAt, ...measured } = result;
  const { url, ratePerSecond, ...settings } = plan;
  const document = {
    schema: 'journey.load/1',
    startedAt: new Date(startedAt).toISOString(),
    plan: {
      url: url.origin,
      ...settings,
      ratePerSecond: ratePerSecond ?? null,
      loop: ratePerSecond === undefined ? 'closed' : 'open',
    },
    ...measured,
    hitRate: measured.hitRate ?? null,
  };
  return `${JSON.stringify(document, undefined, 2)}\n`;
}
