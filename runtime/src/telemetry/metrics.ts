// Counters and histograms of this process: kept here for `/metrics` (Prometheus text) and handed to OpenTelemetry, which
// does nothing until the operator registers an SDK. Labels come from contracts and configuration, never from callers.

import type { Counter as ApiCounter, Histogram as ApiHistogram, Meter } from '@opentelemetry/api';
import {
  type CounterName,
  type GaugeName,
  type HistogramName,
  type LabelsOf,
  type MetricEntry,
  metricTable,
  prometheusName,
} from './metric-table.ts';

type Labels = Readonly<Record<string, string>>;

/** Upper bounds in seconds. */
const bounds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10] as const;

interface Series {
  labels: Labels;
  count: number;
  sum: number;
  buckets: number[] | undefined;
}

/** Of one metric, so that labels nobody thought of cannot fill the memory. */
const mostSeries = 5_000;

/** One named metric; every label set is a series. Beyond `mostSeries` new ones fold into one without labels. */
class Family {
  readonly entry: MetricEntry;
  readonly series = new Map<string, Series>();
  readonly #counter: ApiCounter | undefined;
  readonly #histogram: ApiHistogram | undefined;
  /** Of a gauge. */
  read: (() => number) | undefined;

  constructor(name: string, entry: MetricEntry, meter: Meter | undefined) {
    this.entry = entry;
    const about = { unit: entry.unit, description: entry.help };
    if (entry.kind === 'counter') this.#counter = meter?.createCounter(name, about);
    if (entry.kind === 'histogram') this.#histogram = meter?.createHistogram(name, about);
    if (entry.kind === 'gauge')
      meter?.createObservableGauge(name, about).addCallback((result) => {
        const value = this.read?.();
        if (value !== undefined && !Number.isNaN(value)) result.observe(value);
      });
  }

  of(labels: Labels): Series {
    let key = JSON.stringify(labels);
    let series = this.series.get(key);
    if (series === undefined && this.series.size >= mostSeries) series = this.series.get((key = '{}'));
    if (series === undefined) {
      series = {
        labels: key === '{}' ? {} : labels,
        count: 0,
        sum: 0,
        buckets: this.entry.kind === 'histogram' ? bounds.map(() => 0) : undefined,
      };
      this.series.set(key, series);
    }
    return series;
  }

  count(series: Series, by = 1): void {
    series.count += by;
    this.#counter?.add(by, series.labels);
  }

  observe(series: Series, seconds: number): void {
    observe(series, seconds);
    this.#histogram?.record(seconds, series.labels);
  }
}

/** Meter of one operation: nothing is looked up by name while serving. */
export interface OperationMeter {
  /** `scheme` is undefined for calls inside the process; `code` is the problem's, for refusals. */
  record(status: number, durationMs: number, scheme: 'http' | 'https' | undefined, code: string | undefined): void;
}

/** A counter by one label whose values are few: nothing is looked up by labels while counting. */
export type Counter = (value: string) => void;

export class Metrics {
  readonly #families: ReadonlyMap<string, Family>;
  readonly #refusals = new Map<string, Series>();
  #stageOf: (code: string) => string | undefined = () => undefined;

  /** `meter`: OpenTelemetry's (`openMeter`); without it the figures are for `/metrics` alone. */
  constructor(meter?: Meter) {
    this.#families = new Map(
      Object.entries(metricTable).map(([name, entry]) => [name, new Family(name, entry, meter)]),
    );
  }

  /** Adds to a counter. */
  count<Name extends CounterName>(name: Name, labels: LabelsOf<Name>, by = 1): void {
    const family = this.#family(name);
    family.count(family.of(labels), by);
  }

  /** Counts by the values of one label. */
  counter<Name extends CounterName>(name: Name, label: keyof LabelsOf<Name> & string): Counter {
    const family = this.#family(name);
    const byValue = new Map<string, Series>();
    return (value) => {
      let series = byValue.get(value);
      if (series === undefined) byValue.set(value, (series = family.of({ [label]: value })));
      family.count(series);
    };
  }

  /** Which stage refuses with a code; the handler where it is nobody's. */
  nameStages(stageOf: (code: string) => string | undefined): void {
    this.#stageOf = stageOf;
  }

  /** One refusal. Codes are those of contracts and of the edge. `stage`: where it is not the code's own. */
  refused(code: string, stage?: string): void {
    const family = this.#family('plinth.edge.refused');
    const key = stage === undefined ? code : `${stage} ${code}`;
    let series = this.#refusals.get(key);
    if (series === undefined) {
      series = family.of({ stage: stage ?? this.#stageOf(code) ?? 'handler', code });
      this.#refusals.set(key, series);
    }
    family.count(series);
  }

  /** A value read when `/metrics` is asked. */
  gauge(name: GaugeName, read: () => number): void {
    this.#family(name).read = read;
  }

  operation(route: string, method: string): OperationMeter {
    const family = this.#family('http.server.request.duration');
    const bySchemes = {
      http: new Map<number, Series>(),
      https: new Map<number, Series>(),
      none: new Map<number, Series>(),
    };
    return {
      record: (status, durationMs, scheme, code) => {
        const byStatus = bySchemes[scheme ?? 'none'];
        let series = byStatus.get(status);
        if (series === undefined) {
          const labels = { 'http.route': route, method, status: String(status) };
          series = family.of(scheme === undefined ? labels : { ...labels, 'url.scheme': scheme });
          byStatus.set(status, series);
        }
        family.observe(series, durationMs / 1000);
        if (code !== undefined) this.refused(code);
      },
    };
  }

  /** A histogram of durations by one label more; nothing is looked up by name while calling. */
  durations<Name extends HistogramName, By extends keyof LabelsOf<Name> & string>(
    name: Name,
    labels: Omit<LabelsOf<Name>, By>,
    by: By,
  ): (value: string, durationMs: number) => void {
    const family = this.#family(name);
    const byValue = new Map<string, Series>();
    return (value, durationMs) => {
      let series = byValue.get(value);
      if (series === undefined) byValue.set(value, (series = family.of({ ...labels, [by]: value })));
      family.observe(series, durationMs / 1000);
    };
  }

  /** Prometheus text format 0.0.4. */
  text(): string {
    const lines: string[] = [];
    for (const [name, family] of this.#families) writeFamily(lines, name, family);
    return `${lines.join('\n')}\n`;
  }

  #family(name: keyof typeof metricTable): Family {
    return this.#families.get(name) as Family;
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

function writeFamily(lines: string[], metric: string, family: Family): void {
  const { entry, read } = family;
  const name = prometheusName(metric, entry);
  lines.push(`# HELP ${name} ${entry.help}`, `# TYPE ${name} ${entry.kind}`);
  if (read !== undefined) lines.push(`${name} ${read()}`);
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
