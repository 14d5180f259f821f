// Where finished spans go. An implementation is transport only: what is measured is decided in telemetry/.

export type SpanKind = 'internal' | 'server' | 'client' | 'producer' | 'consumer';

/** Values from contracts, configuration and protocols; never ids of people, bodies, queries or credentials. */
export type SpanAttributes = Readonly<Record<string, string | number | boolean>>;

/** One piece of work that has ended. */
export interface EndedSpan {
  readonly name: string;
  readonly kind: SpanKind;
  /** 32 and 16 hex digits. */
  readonly traceId: string;
  readonly spanId: string;
  /** '' = the first of its trace. */
  readonly parentId: string;
  readonly traceState: string | undefined;
  /** Milliseconds since 1970, with fractions. */
  readonly startMs: number;
  readonly endMs: number;
  readonly attributes: SpanAttributes;
  /** Places in other traces that this work has to do with. */
  readonly links: readonly { readonly traceId: string; readonly spanId: string }[];
  readonly isError: boolean;
}

/**
 * Laws (adapters/otlp/otlp.test.ts):
 * 1. `take` costs no more than keeping the span; it never throws and never waits.
 * 2. What is kept has a limit; spans beyond it are dropped, and that is told.
 * 3. A receiver that is away costs spans and nothing else.
 */
export interface SpanExporter {
  take(span: EndedSpan): void;
  /** Sends what is kept, within 5 s, and takes nothing more. */
  close(): Promise<void>;
}
