import type { Histogram, Metric, Registry } from 'prom-client';

/** The observations under one set of labels. */
export class Series {
  readonly #bounds: readonly number[];
  /** Observations at or under each bound but above the one before; the last is for those above all. */
  readonly counts: Float64Array;
  sum = 0;

  constructor(bounds: readonly number[]) {
    this.#bounds = bounds;
    this.counts = new Float64Array(bounds.length + 1);
  }

  observe(value: number): void {
    const bounds = this.#bounds;
    let bucket = 0;
    while (bucket < bounds.length && value > (bounds[bucket] as number)) bucket++;
    this.counts[bucket] = (this.counts[bucket] as number) + 1;
    this.sum += value;
  }
}

export interface FastHistogramOptions {
  readonly registry: Registry;
  readonly name: string;
  readonly help: string;
  readonly labelNames: readonly string[];
  /** Upper bounds in ascending order, without the infinite one. */
  readonly bounds: readonly number[];
}

/**
 * What prom-client's Histogram gives a scraper, without hashing every label on every observation: that costs more than
 * everything else we do for a cached read. A caller on a hot path keeps its series.
 */
export class FastHistogram {
  readonly name: string;
  readonly help: string;
  readonly type = 'histogram';
  readonly aggregator = 'sum';
  readonly #options: FastHistogramOptions;
  readonly #series = new Map<string, { readonly values: readonly string[]; readonly series: Series }>();

  constructor(options: FastHistogramOptions) {
    this.#options = options;
    this.name = options.name;
    this.help = options.help;
    // The registry asks a metric only for its name and `get()`; the type it declares names the library's own classes.
    options.registry.registerMetric(this as unknown as Histogram as unknown as Metric);
  }

  /** @param values of the labels, in the order of their names; each from a small fixed set. */
  series(...values: readonly string[]): Series {
    const name = values.join('\n');
    let found = this.#series.get(name);
    if (found === undefined) {
      found = { values, series: new Series(this.#options.bounds) };
      this.#series.set(name, found);
    }
    return found.series;
  }

  /** prom-client's metric interface. */
  async get(): Promise<{ name: string; help: string; type: string; aggregator: string; values: object[] }> {
    const { labelNames, bounds } = this.#options;
    const samples: object[] = [];
    for (const { values, series } of this.#series.values()) {
      const labels = Object.fromEntries(labelNames.map((name, index) => [name, values[index]]));
      let total = 0;
      for (const [index, count] of series.counts.entries()) {
        total += count;
        const le = bounds[index] ?? '+Inf';
        samples.push({ metricName: `${this.name}_bucket`, labels: { le, ...labels }, value: total });
      }
      samples.push({ metricName: `${this.name}_sum`, labels, value: series.sum });
      samples.push({ metricName: `${this.name}_count`, labels, value: total });
    }
    return { name: this.name, help: this.help, type: this.type, aggregator: this.aggregator, values: samples };
  }

  reset(): void {
    this.#series.clear();
  }
}
