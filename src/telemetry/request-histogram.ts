import type { Histogram, Metric, Registry } from 'prom-client';

/** Bounds in seconds that OpenTelemetry advises for `http.server.request.duration`. */
export const requestBounds = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10] as const;

/** Methods that get a label of their own; any other is `_OTHER` (OpenTelemetry's word), since a client may send anything. */
const methods: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);

export function methodLabel(method: string): string {
  return methods.has(method) ? method : '_OTHER';
}

/** The observations under one set of labels. */
export class RequestSeries {
  /** Observations at or under each bound, but above the one before; the last is for those above all. */
  readonly counts = new Float64Array(requestBounds.length + 1);
  sum = 0;

  observe(seconds: number): void {
    let bucket = 0;
    while (bucket < requestBounds.length && seconds > (requestBounds[bucket] as number)) bucket++;
    this.counts[bucket] = (this.counts[bucket] as number) + 1;
    this.sum += seconds;
  }
}

interface SeriesLabels {
  readonly method: string;
  readonly route: string;
  readonly status: number;
}

/**
 * `journey_http_request_duration_seconds{method,route,status}`: what prom-client's Histogram gives a scraper, without
 * hashing three label strings on every request, which costs more than everything else we do for a cached read.
 * The route is a template or the constant `unmatched`, so the number of series does not depend on what clients send.
 */
export class RequestHistogram {
  readonly name = 'journey_http_request_duration_seconds';
  readonly help = 'Duration of HTTP requests in seconds, from the parsed head to the handed-over answer.';
  readonly type = 'histogram';
  readonly aggregator = 'sum';
  readonly #series = new Map<string, Map<number, RequestSeries>>();
  readonly #labels = new Map<RequestSeries, SeriesLabels>();

  constructor(registry: Registry) {
    // The registry asks a metric only for its name and `get()`; the type it declares names the library's own classes.
    registry.registerMetric(this as unknown as Histogram as unknown as Metric);
  }

  /** The series of one set of labels; a caller on a hot path keeps it. */
  series(method: string, route: string, status: number): RequestSeries {
    const label = methodLabel(method);
    const name = `${label} ${route}`;
    let byStatus = this.#series.get(name);
    if (byStatus === undefined) {
      byStatus = new Map();
      this.#series.set(name, byStatus);
    }
    let series = byStatus.get(status);
    if (series === undefined) {
      series = new RequestSeries();
      byStatus.set(status, series);
      this.#labels.set(series, { method: label, route, status });
    }
    return series;
  }

  /** prom-client's metric interface. */
  async get(): Promise<{ name: string; help: string; type: string; aggregator: string; values: object[] }> {
    const values: object[] = [];
    for (const [series, { method, route, status }] of this.#labels) {
      const labels = { method, route, status: String(status) };
      let total = 0;
      for (const [index, count] of series.counts.entries()) {
        total += count;
        const le = requestBounds[index] ?? '+Inf';
        values.push({ metricName: `${this.name}_bucket`, labels: { le, ...labels }, value: total });
      }
      values.push({ metricName: `${this.name}_sum`, labels, value: series.sum });
      values.push({ metricName: `${this.name}_count`, labels, value: total });
    }
    return { name: this.name, help: this.help, type: this.type, aggregator: this.aggregator, values };
  }

  reset(): void {
    this.#series.clear();
    this.#labels.clear();
  }
}
