// Counters and histograms of this process: kept here for `/metrics` (Prometheus text) and handed to OpenTelemetry, which
// does nothing until the operator registers an SDK. Labels come from contracts and configuration, never from callers.

import type { Counter as ApiCounter, Histogram as ApiHistogram, Meter } from '@opentelemetry/api';

type Labels = Readonly<Record<string, string>>;

/** Upper bounds in seconds. */
const bounds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10] as const;

interface Series {
  labels: Labels;
  count: number;
  sum: number;
  buckets: number[] | undefined;
}

/** One named metric; every label set is a series. At most 5,000 series, later ones fold into one without labels. */
class Family {
  readonly name: string;
  readonly help: string;
  readonly kind: 'counter' | 'histogram';
  readonly series = new Map<string, Series>();

  constructor(name: string, help: string, kind: 'counter' | 'histogram') {
    this.name = name;
    this.help = help;
    this.kind = kind;
  }

  of(labels: Labels): Series {
    const key = this.series.size < 5_000 ? JSON.stringify(labels) : '{}';
    let series = this.series.get(key);
    if (series === undefined) {
      series = {
        labels: key === '{}' ? {} : labels,
        count: 0,
        sum: 0,
        buckets: this.kind === 'histogram' ? bounds.map(() => 0) : undefined,
      };
      this.series.set(key, series);
    }
    return series;
  }
}

/** Meter of one operation: nothing is looked up by name while serving. */
export interface OperationMeter {
  /** `code` is the problem's, for refusals. */
  record(status: number, durationMs: number, code: string | undefined): void;
}

/** A counter by one label whose values are few: nothing is looked up by labels while counting. */
export type Counter = (value: string) => void;

export class Metrics {
  readonly #families = new Map<string, Family>();
  readonly #gauges = new Map<string, { help: string; read: () => number }>();
  readonly #duration: ApiHistogram | undefined;
  readonly #refused: ApiCounter | undefined;
  readonly #refusals = new Map<string, { series: Series; labels: Labels }>();
  #stageOf: (code: string) => string | undefined = () => undefined;

  /** `meter`: OpenTelemetry's (`openMeter`); without it the figures are for `/metrics` alone. */
  constructor(meter?: Meter) {
    this.#duration = meter?.createHistogram('http.server.request.duration', { unit: 's' });
    this.#refused = meter?.createCounter('plinth.edge.refused');
  }

  /** Adds to a counter. `name` in OpenTelemetry form: `plinth.idempotency`. */
  count(name: string, labels: Labels = {}, by = 1): void {
    const series = this.#family(name, 'counter').of(labels);
    series.count += by;
  }

  /** Counts by the values of one label. `name` in OpenTelemetry form. */
  counter(name: string, label: string): Counter {
    const family = this.#family(name, 'counter');
    const byValue = new Map<string, Series>();
    return (value) => {
      let series = byValue.get(value);
      if (series === undefined) byValue.set(value, (series = family.of({ [label]: value })));
      series.count += 1;
    };
  }

  /** Which stage refuses with a code; the handler where it is nobody's. */
  nameStages(stageOf: (code: string) => string | undefined): void {
    this.#stageOf = stageOf;
  }

  /** One refusal. Codes are those of contracts and of the edge. */
  refused(code: string): void {
    let known = this.#refusals.get(code);
    if (known === undefined) {
      const labels = { stage: this.#stageOf(code) ?? 'handler', code };
      known = { series: this.#family('plinth.edge.refused', 'counter').of(labels), labels };
      this.#refusals.set(code, known);
    }
    known.series.count += 1;
    this.#refused?.add(1, known.labels);
  }

  /** A value read when `/metrics` is asked. */
  gauge(name: string, help: string, read: () => number): void {
    this.#gauges.set(name, { help, read });
  }

  operation(route: string, method: string): OperationMeter {
    const byStatus = new Map<number, { series: Series; attributes: Labels }>();
    const family = this.#family('http.server.request.duration', 'histogram');
    return {
      record: (status, durationMs, code) => {
        let found = byStatus.get(status);
        if (found === undefined) {
          const labels = { 'http.route': route, method, status: String(status) };
          found = { series: family.of(labels), attributes: labels };
          byStatus.set(status, found);
        }
        observe(found.series, durationMs / 1000);
        this.#duration?.record(durationMs / 1000, found.attributes);
        if (code === undefined) return;
        this.refused(code);
      },
    };
  }

  /** A histogram of durations by result; nothing is looked up by name while calling. */
  durations(name: string, labels: Labels): (result: string, durationMs: number) => void {
    const family = this.#family(name, 'histogram');
    const byResult = new Map<string, Series>();
    return (result, durationMs) => {
      let series = byResult.get(result);
      if (series === undefined) byResult.set(result, (series = family.of({ ...labels, result })));
      observe(series, durationMs / 1000);
    };
  }

  /** Prometheus text format 0.0.4. */
  text(): string {
    const lines: string[] = [];
    for (const family of this.#families.values()) writeFamily(lines, family);
    for (const [name, gauge] of this.#gauges) {
      const flat = flatName(name);
      lines.push(`# HELP ${flat} ${gauge.help}`, `# TYPE ${flat} gauge`, `${flat} ${gauge.read()}`);
    }
    return `${lines.join('\n')}\n`;
  }

  #family(name: string, kind: 'counter' | 'histogram'): Family {
    let family = this.#families.get(name);
    if (family === undefined) this.#families.set(name, (family = new Family(name, name, kind)));
    return family;
  }
}

function observe(series: Series, seconds: number): void {
  series.count += 1;
  series.sum += seconds;
  const buckets = series.buckets as number[];
  for (let index = 0; index < bounds.length; index++) {
    if (seconds <= (bounds[index] as number)) {
      buckets[index] = (buckets[index] as number) + 1;
      return;
    }
  }
}

function writeFamily(lines: string[], family: Family): void {
  const name = family.kind === 'histogram' ? `${flatName(family.name)}_seconds` : `${flatName(family.name)}_total`;
  lines.push(`# HELP ${name} ${family.help}`, `# TYPE ${name} ${family.kind}`);
  for (const series of family.series.values()) {
    if (series.buckets === undefined) {
      lines.push(`${name}${labelText(series.labels)} ${series.count}`);
      continue;
    }
    let below = 0;
    series.buckets.forEach((count, index) => {
      below += count;
      lines.push(`${name}_bucket${labelText({ ...series.labels, le: String(bounds[index]) })} ${below}`);
    });
    lines.push(`${name}_bucket${labelText({ ...series.labels, le: '+Inf' })} ${series.count}`);
    lines.push(
      `${name}_sum${labelText(series.labels)} ${series.sum}`,
      `${name}_count${labelText(series.labels)} ${series.count}`,
    );
  }
}

function flatName(name: string): string {
  return name.replaceAll(/[^a-zA-Z0-9_]/g, '_');
}

function labelText(labels: Labels): string {
  const parts = Object.entries(labels).map(([name, value]) => {
    const escaped = value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
    return `${flatName(name)}="${escaped}"`;
  });
  return parts.length === 0 ? '' : `{${parts.join(',')}}`;
}
