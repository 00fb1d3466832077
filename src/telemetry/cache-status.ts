/** One member of a Cache-Status header (RFC 9211 §2): what one cache did with a request. */
export interface CacheStatus {
  readonly cache: string;
  /** Answered from the cache; otherwise {@link forwarded} says why it could not. */
  readonly hit: boolean;
  /** The `fwd` parameter: `miss`, `uri-miss`, `bypass`, `stale`… */
  readonly forwarded: string | undefined;
  readonly collapsed: boolean;
  readonly detail: string | undefined;
}

/** The members in order, the cache closest to the origin first. What is not understood is left out, as §2 asks. */
export function parseCacheStatus(header: string | undefined): readonly CacheStatus[] {
  return (header?.match(/(?:"(?:[^"\\]|\\.)*"|[^,"])+/g) ?? []).flatMap((member) => {
    const [cache = '', ...parameters] = (member.match(/(?:"(?:[^"\\]|\\.)*"|[^;"])+/g) ?? []).map((part) =>
      part.trim(),
    );
    if (cache === '') return [];
    const values = new Map(
      parameters.map((parameter) => {
        const [name = '', value] = parameter.split(/=(.*)/s);
        return [name.toLowerCase(), value?.replace(/^"(.*)"$/s, '$1')] as const;
      }),
    );
    return [
      {
        cache: cache.replace(/^"(.*)"$/s, '$1'),
        hit: values.has('hit'),
        forwarded: values.get('fwd'),
        collapsed: values.has('collapsed'),
        detail: values.get('detail'),
      },
    ];
  });
}
