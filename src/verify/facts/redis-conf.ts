/** One line of a redis.conf: `maxmemory 64mb`. */
export interface Directive {
  readonly name: string;
  readonly value: string;
}

/** The directives of a redis.conf in order, comments and blank lines left out. Names are lower case, as Redis takes them. */
export function parseRedisConf(text: string): readonly Directive[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => {
      const [name = '', ...rest] = line.split(/\s+/);
      return { name: name.toLowerCase(), value: rest.join(' ') };
    });
}

export interface Difference {
  readonly name: string;
  readonly wanted: string;
  readonly running: string;
}

/**
 * Where a running server differs from its file. Compared by meaning: `64mb` is `67108864`, `"yes"` is `yes`.
 * A directive that `CONFIG GET` does not know (`include`, `user`, `aclfile` in some builds) cannot be compared.
 *
 * @param running `CONFIG GET *`.
 */
export function differences(conf: readonly Directive[], running: ReadonlyMap<string, string>): readonly Difference[] {
  // The last line of a repeated directive counts, except for those that add up (save, client-output-buffer-limit).
  const last = new Map(conf.map(({ name, value }) => [name, value]));
  return [...new Map(conf.map((d) => [`${d.name} ${d.value}`, d])).values()].flatMap(({ name, value }) => {
    const actual = running.get(name);
    if (actual === undefined) return [];
    const addsUp = additive.has(name);
    if (!addsUp && last.get(name) !== value) return [];
    const wanted = meaning(value);
    const same = addsUp
      ? ` ${meaning(actual)} `.includes(` ${wanted} `) || meaning(actual) === wanted
      : meaning(actual) === wanted;
    return same ? [] : [{ name, wanted: value, running: actual }];
  });
}

const additive: ReadonlySet<string> = new Set(['save', 'client-output-buffer-limit', 'bind']);

const units: Readonly<Record<string, number>> = { k: 1e3, kb: 2 ** 10, m: 1e6, mb: 2 ** 20, g: 1e9, gb: 2 ** 30 };

function meaning(value: string): string {
  return value
    .split(/\s+/)
    .map((token) => token.replace(/^"(.*)"$/, '$1').toLowerCase())
    .map((token) => {
      const [, digits, unit = ''] = /^(\d+)([kmg]b?)$/.exec(token) ?? [];
      const factor = units[unit];
      return digits === undefined || factor === undefined ? token : String(Number(digits) * factor);
    })
    .join(' ')
    .trim();
}
