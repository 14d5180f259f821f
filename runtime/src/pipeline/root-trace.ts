// Traces of requests that are no operation's: `/jobs`, `/live`, `/mcp`. Who is believed about a trace is the same as for
// operations (stages/trace.ts); each request is a span, from its head to the end of the answer, however long that is.

import type { IncomingMessage, ServerResponse } from 'node:http';
import { elapsedMs, type Principal } from '../kernel/index.ts';
import type { SpanAttributes } from '../ports/index.ts';
import { plainAddress } from '../security/forwarded.ts';
import { newTrace, type Trace, traceOf, traceparentOf } from '../telemetry/trace.ts';
import type { Span } from '../telemetry/tracer.ts';
import type { TraceParts } from './stages/trace.ts';
import { NodeTransport } from './transport.ts';

/** A request and what answers it. */
export interface Visit {
  request: IncomingMessage;
  response: ServerResponse;
}

const traces = new WeakMap<IncomingMessage, RootTrace>();

/** Of a request that `beginRootTrace` saw. */
export function rootTraceOf(request: IncomingMessage): RootTrace | undefined {
  return traces.get(request);
}

/** Before anything else is done for the request. `route` is a template: `/jobs/{id}`. */
export function beginRootTrace(visit: Visit, route: string, parts: TraceParts): RootTrace {
  const trace = new RootTrace(visit, route, parts);
  traces.set(visit.request, trace);
  return trace;
}

export class RootTrace {
  readonly #parts: TraceParts;
  readonly #transport: NodeTransport;
  readonly #route: string;
  readonly #startedMs = elapsedMs();
  /** What the head says, if it is believed. */
  #given: Trace | undefined;
  #outside: Trace = newTrace();
  #span: Span | undefined;
  #attributes: SpanAttributes = {};

  constructor({ request, response }: Visit, route: string, parts: TraceParts) {
    this.#parts = parts;
    this.#transport = new NodeTransport(request, response);
    this.#route = route;
    const trusted = parts.trustsPeer(this.#transport.peer) ? this.#head() : undefined;
    if (trusted === undefined) this.#begin(this.#outside, this.#transport.header('traceparent'));
    else this.#goOn(trusted);
    response.once('close', () => this.#end(response));
  }

  /** Where what is asked from within the request goes on. */
  get place(): Trace {
    return this.#span ?? this.#outside;
  }

  /** For the answer. */
  get traceparent(): string {
    return traceparentOf(this.place);
  }

  /** The caller is known: of a service the trace is continued after all. Nothing was asked from within ours yet. */
  know({ audience }: Principal): void {
    this.note({ 'plinth.audience': audience });
    const head = audience === 'service' && this.#given === undefined ? this.#head() : undefined;
    if (head !== undefined) this.#goOn(head);
  }

  /**
   * What stands in the message itself. No proxy has looked at that, so it is believed of a trusted peer that speaks for
   * itself, or where it names a place in the trace of a head that is believed; of everybody else it is linked.
   */
  hear(traceparent: string | undefined, tracestate: string | undefined): void {
    const place = traceOf(traceparent, tracestate);
    if (place === undefined) return;
    const { peer, address } = this.#transport;
    const isOwnWord = (plainAddress(address) ?? address) === (plainAddress(peer) ?? peer);
    const isBelieved = this.#given?.traceId === place.traceId || (isOwnWord && this.#parts.trustsPeer(peer));
    if (isBelieved) this.#goOn(place);
    else this.#begin(this.#outside, traceparent);
  }

  /** Words of contracts and protocols; never what a caller chose. */
  note(attributes: SpanAttributes): void {
    this.#attributes = { ...this.#attributes, ...attributes };
  }

  #head(): Trace | undefined {
    return traceOf(this.#transport.header('traceparent'), this.#transport.header('tracestate'));
  }

  #goOn(place: Trace): void {
    this.#given = place;
    this.#outside = place;
    this.#begin(place, undefined);
  }

  #begin(parent: Trace, link: string | undefined): void {
    this.#span?.drop();
    const name = `${this.#transport.method} ${this.#route}`;
    this.#span = this.#parts.tracer?.start(parent, { name, kind: 'server', startedMs: this.#startedMs, link });
  }

  #end({ statusCode }: ServerResponse): void {
    const { method, scheme } = this.#transport;
    this.#span?.end(
      {
        'http.request.method': method,
        'http.route': this.#route,
        'http.response.status_code': statusCode,
        'url.scheme': scheme,
        ...this.#attributes,
      },
      statusCode >= 500,
    );
  }
}
