// Every figure there is: name, what it counts, unit, labels. Code cannot use a name that is not here, nor other labels;
// docs/reference/telemetry.md is made from it. Labels come from contracts and configuration, never from callers.

export interface MetricEntry {
  /** `counter` only grows, `histogram` is of durations, `gauge` is read when it is asked for. */
  readonly kind: 'counter' | 'histogram' | 'gauge';
  /** UCUM: `s`, `By`, `1`, or what is counted in braces. */
  readonly unit: string;
  readonly labels: readonly string[];
  readonly help: string;
}

export const metricTable = {
  'http.server.request.duration': {
    kind: 'histogram',
    unit: 's',
    labels: ['http.route', 'method', 'status', 'url.scheme'],
    help: 'How long answers take; calls inside the process have no url.scheme',
  },
  'plinth.edge.refused': {
    kind: 'counter',
    unit: '{request}',
    labels: ['stage', 'code'],
    help: 'Who was turned away, and by which stage; listener = before there was a request',
  },
  'plinth.edge.level': { kind: 'gauge', unit: '1', labels: [], help: 'Overload level, 0 to 1' },
  'plinth.edge.under_way': {
    kind: 'gauge',
    unit: '{request}',
    labels: [],
    help: 'Requests dispatched and not answered',
  },
  'plinth.edge.queue.delay': {
    kind: 'histogram',
    unit: 's',
    labels: ['class'],
    help: 'How long requests waited to be admitted, by criticality',
  },
  'plinth.idempotency': {
    kind: 'counter',
    unit: '{request}',
    labels: ['result'],
    help: 'Keys: done, failed (free again), replayed, reused, in-progress, unknown, refused (before its turn)',
  },
  'plinth.cache': { kind: 'counter', unit: '{request}', labels: ['result'], help: 'What came of kept answers' },
  'plinth.cache.bytes': { kind: 'gauge', unit: 'By', labels: [], help: 'Bytes of kept answers' },
  'plinth.upstream.duration': {
    kind: 'histogram',
    unit: 's',
    labels: ['upstream', 'operation', 'result'],
    help: 'How long other systems take',
  },
  'plinth.upstream.breaker': {
    kind: 'counter',
    unit: '{change}',
    labels: ['upstream', 'operation', 'state'],
    help: 'Changes of breakers, by the state they came to',
  },
  'plinth.upstream.canary_ended': {
    kind: 'counter',
    unit: '{release}',
    labels: ['upstream', 'release', 'because'],
    help: 'Releases on trial that were taken out',
  },
  'plinth.upstream.unknown': {
    kind: 'counter',
    unit: '{call}',
    labels: ['result'],
    help: 'Calls whose answer was lost, by what became known of them',
  },
  'plinth.outbox.lag': {
    kind: 'gauge',
    unit: 's',
    labels: [],
    help: 'Seconds the oldest fact has waited to be published',
  },
  'plinth.inbox.lag': { kind: 'gauge', unit: '{event}', labels: [], help: 'Events the slowest reaction is behind' },
  'plinth.inbox.duplicates': {
    kind: 'counter',
    unit: '{event}',
    labels: ['consumer'],
    help: 'Events that came twice and were taken once',
  },
  'plinth.deadletters': {
    kind: 'gauge',
    unit: '{event}',
    labels: [],
    help: 'Events that reactions gave up on and nobody replayed',
  },
  'plinth.webhook.attempts': {
    kind: 'counter',
    unit: '{attempt}',
    labels: ['result'],
    help: 'Deliveries to partners: delivered, again, dead, gone',
  },
  'plinth.webhook.pending': {
    kind: 'gauge',
    unit: '{delivery}',
    labels: [],
    help: 'Deliveries under way or waiting for their next attempt',
  },
  'plinth.webhook.received': {
    kind: 'counter',
    unit: '{message}',
    labels: ['operation', 'result'],
    help: 'Messages of other systems: taken, unknown, repeated, refused-…',
  },
  'plinth.jobs': {
    kind: 'counter',
    unit: '{job}',
    labels: ['state'],
    help: 'Calls that go on after their 202, by the state they came to',
  },
  'plinth.contract.drift': {
    kind: 'counter',
    unit: '{answer}',
    labels: ['operation'],
    help: 'Answers that break their contract',
  },
  'plinth.deprecated.use': {
    kind: 'counter',
    unit: '{request}',
    labels: ['operation', 'application', 'part'],
    help: 'Who still uses what will end: all of an operation, or a parameter or property',
  },
  'plinth.audit.unsealed.lag': {
    kind: 'gauge',
    unit: 's',
    labels: [],
    help: 'Seconds the oldest audit row has waited to be sealed',
  },
} as const satisfies Record<string, MetricEntry>;

type Table = typeof metricTable;
type OfKind<Kind> = { [Name in keyof Table]: Table[Name]['kind'] extends Kind ? Name : never }[keyof Table];
export type CounterName = OfKind<'counter'>;
export type HistogramName = OfKind<'histogram'>;
export type GaugeName = OfKind<'gauge'>;
/** The labels of a metric. */
export type LabelsOf<Name extends keyof Table> = Readonly<Record<Table[Name]['labels'][number], string>>;

/** Name in Prometheus text. */
export function prometheusName(name: string, { kind }: MetricEntry): string {
  const flat = name.replaceAll(/[^a-zA-Z0-9_]/g, '_');
  if (kind === 'counter') return `${flat}_total`;
  return kind === 'histogram' ? `${flat}_seconds` : flat;
}
