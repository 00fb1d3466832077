import type { RouteOptions } from 'fastify';

interface Entry {
  readonly template: string;
  readonly pattern: RegExp;
  readonly methods: Set<string>;
}

/**
 * Which methods each path answers, collected from the routes as they are registered, so that OPTIONS and 405 can't
 * fall behind them. Fastify answers a wrong method with 404 (fastify/fastify#917).
 */
export class MethodTable {
  readonly #entries: Entry[] = [];

  /** For Fastify's `onRoute` hook. */
  add({ url, method }: Pick<RouteOptions, 'url' | 'method'>): void {
    let entry = this.#entries.find(({ template }) => template === url);
    if (entry === undefined) {
      entry = { template: url, pattern: patternOf(url), methods: new Set() };
      this.#entries.push(entry);
    }
    for (const name of [method].flat()) entry.methods.add(name);
  }

  /**
   * @param path as in the request line, without the query.
   * @returns the route template and the methods it answers, in order, or `undefined` when nothing has this path.
   */
  find(path: string): { readonly template: string; readonly allow: readonly string[] } | undefined {
    const found = this.#entries.find(({ pattern }) => pattern.test(path));
    return found && { template: found.template, allow: allowOf(found.methods) };
  }

  /** What any path answers, for `OPTIONS *`. */
  get all(): readonly string[] {
    return allowOf(new Set(this.#entries.flatMap(({ methods }) => [...methods])));
  }
}

function allowOf(methods: ReadonlySet<string>): readonly string[] {
  return [...methods, 'OPTIONS'].sort();
}

/** Our templates have no wildcard and no regular expression, only `:name` for a whole segment. */
function patternOf(template: string): RegExp {
  const segments = template
    .split('/')
    .map((s) => (s.startsWith(':') ? '[^/]+' : s.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')));
  return new RegExp(`^${segments.join('/')}$`);
}
