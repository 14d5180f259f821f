// The port `SpanExporter` as OTLP over HTTP with JSON bodies (opentelemetry.io/docs/specs/otlp): what every collector
// takes, without an SDK in this process.

import { Agent as HttpAgent, request as httpRequest } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { elapsedMs, pause, repeat } from '@plinth/runtime/kernel';
import type { EndedSpan, SpanAttributes, SpanExporter, SpanKind } from '@plinth/runtime/ports';

export interface OtlpOptions {
  /** Address spans are posted to: `http://collector:4318/v1/traces`. */
  url: string;
  /** Header fields of each request, such as a credential. */
  headers?: Readonly<Record<string, string>>;
  /** Name of this service in traces. */
  service: string;
  version: string;
  /** Milliseconds between two posts (1,000). */
  everyMs?: number;
  /** Milliseconds a post may take (5,000). */
  timeoutMs?: number;
  /** Told at most once a minute: what went wrong and how many spans were lost by it since. */
  lost: (error: string, spans: number) => void;
}

/** Spans of one post, and most that wait for one. */
const batch = 512;
const mostKept = 8_192;
const tellEveryMs = 60_000;
const closeWithinMs = 5_000;

/** Posts what was taken, every second and whenever a batch is full. */
export function openOtlp(options: OtlpOptions): SpanExporter {
  return new Otlp(options);
}

class Otlp implements SpanExporter {
  readonly #options: OtlpOptions;
  readonly #stop: () => void;
  readonly #agent: HttpAgent;
  readonly #envelope: readonly [before: string, after: string];
  /** As JSON. */
  #kept: string[] = [];
  #sending: Promise<void> | undefined;
  #isClosed = false;
  #lost = 0;
  #toldMs = -Infinity;

  constructor(options: OtlpOptions) {
    this.#options = options;
    this.#agent = options.url.startsWith('https:')
      ? new HttpsAgent({ keepAlive: true, maxSockets: 1 })
      : new HttpAgent({ keepAlive: true, maxSockets: 1 });
    this.#envelope = envelopeOf(options.service, options.version);
    this.#stop = repeat(options.everyMs ?? 1_000, () => void this.#flush());
  }

  take(span: EndedSpan): void {
    if (this.#isClosed) return;
    if (this.#kept.length >= mostKept) return this.#lose(1, 'more spans than can be sent');
    if (this.#kept.push(textOf(span)) >= batch) void this.#flush();
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#stop();
    const sent = this.#flush().then(() => this.#flush());
    await Promise.race([sent, pause(closeWithinMs)]);
    this.#agent.destroy();
  }

  /** All that is kept now; a post under way is waited for. */
  #flush(): Promise<void> {
    this.#sending ??= this.#sendAll().finally(() => {
      this.#sending = undefined;
    });
    return this.#sending;
  }

  async #sendAll(): Promise<void> {
    while (this.#kept.length > 0) {
      const spans = this.#kept.splice(0, batch);
      try {
        await this.#post(spans);
      } catch (error) {
        // Not sent again: what is measured now is worth more than what was.
        this.#lose(spans.length, error instanceof Error ? error.message : String(error));
        return;
      }
    }
  }

  /** `fetch` would cost several times as much as the span itself. */
  #post(spans: readonly string[]): Promise<void> {
    const { url, headers, timeoutMs = 5_000 } = this.#options;
    const [before, after] = this.#envelope;
    const body = Buffer.from(`${before}${spans.join(',')}${after}`);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const post = url.startsWith('https:') ? httpsRequest : httpRequest;
    const request = post(url, {
      method: 'POST',
      agent: this.#agent,
      headers: { ...headers, 'content-type': 'application/json', 'content-length': body.length },
      signal: AbortSignal.timeout(timeoutMs),
    });
    request.on('error', reject);
    request.on('response', (response) => {
      const { statusCode = 0 } = response;
      response.on('error', reject);
      response.resume().on('end', () => {
        if (statusCode < 300) resolve();
        else reject(new Error(`the collector answered ${statusCode}`));
      });
    });
    request.end(body);
    return promise;
  }

  #lose(spans: number, error: string): void {
    this.#lost += spans;
    if (elapsedMs() - this.#toldMs < tellEveryMs) return;
    this.#toldMs = elapsedMs();
    this.#options.lost(error, this.#lost);
    this.#lost = 0;
  }
}

const kinds: Readonly<Record<SpanKind, number>> = { internal: 1, server: 2, client: 3, producer: 4, consumer: 5 };

/** Texts around the spans of a post. */
function envelopeOf(service: string, version: string): readonly [before: string, after: string] {
  const resource = `{"attributes":${attributesOf({ 'service.name': service, 'service.version': version })}}`;
  return [`{"resourceSpans":[{"resource":${resource},"scopeSpans":[{"scope":{"name":"plinth"},"spans":[`, ']}]}]}'];
}

/**
 * Written by hand and at once: a span that waits as objects outlives the young generation and costs several times as much.
 * Ids are hex digits, and `traceState` was checked when it came, so only names and attributes need quoting.
 */
function textOf(span: EndedSpan): string {
  const { name, kind, traceId, spanId, parentId, traceState, startMs, endMs, attributes, links, isError } = span;
  let text = `{"traceId":"${traceId}","spanId":"${spanId}",`;
  if (parentId !== '') text += `"parentSpanId":"${parentId}",`;
  if (traceState !== undefined) text += `"traceState":${JSON.stringify(traceState)},`;
  text += `"name":${JSON.stringify(name)},"kind":${kinds[kind]},"startTimeUnixNano":"${nanoseconds(startMs)}",`;
  text += `"endTimeUnixNano":"${nanoseconds(endMs)}","attributes":${knownAttributes(attributes)},`;
  for (const link of links) text += `"links":[{"traceId":"${link.traceId}","spanId":"${link.spanId}"}],`;
  return isError ? `${text}"status":{"code":2}}` : `${text}"status":{}}`;
}

/** 64-bit integers are texts in JSON. */
function nanoseconds(ms: number): string {
  const whole = Math.floor(ms);
  return `${whole}${String(Math.floor((ms - whole) * 1_000_000)).padStart(6, '0')}`;
}

const known = new WeakMap<SpanAttributes, string>();

/** The same objects come again and again. */
function knownAttributes(attributes: SpanAttributes): string {
  let text = known.get(attributes);
  if (text === undefined) known.set(attributes, (text = attributesOf(attributes)));
  return text;
}

function attributesOf(attributes: SpanAttributes): string {
  return JSON.stringify(Object.entries(attributes).map(([key, value]) => ({ key, value: valueOf(value) })));
}

function valueOf(value: string | number | boolean) {
  if (typeof value === 'string') return { stringValue: value };
  if (typeof value === 'boolean') return { boolValue: value };
  return Number.isSafeInteger(value) ? { intValue: String(value) } : { doubleValue: value };
}
