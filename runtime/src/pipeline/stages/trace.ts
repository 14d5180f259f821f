// Stage `trace`: whose trace a request belongs to. Anybody can write a `traceparent`: continued for all, it would let
// strangers choose what is recorded and join their calls to those of others. Trusted are peers that configuration names,
// and, once they have signed in, services; for everybody else a new trace begins, with a link to what they sent.

import type { SpanAttributes, SpanKind } from '../../ports/index.ts';
import { type Trace, traceOf } from '../../telemetry/trace.ts';
import type { Tracer } from '../../telemetry/tracer.ts';
import type { Answer, Exchange } from '../exchange.ts';
import type { CompiledOperation } from '../operation.ts';

export interface TraceParts {
  /** undefined = nobody is told. */
  tracer: Tracer | undefined;
  /** Whether traces of this peer (the other end of the connection) are continued. */
  trustsPeer: (address: string) => boolean;
}

/** For a request over HTTP, before anything else. `place`: where it is known without asking the caller. */
export function beginTrace(x: Exchange, { tracer, trustsPeer }: TraceParts, place?: Trace): void {
  const { transport } = x;
  const given = place === undefined ? transport?.header('traceparent') : undefined;
  if (place !== undefined) continueTrace(x, place);
  else if (transport !== undefined && given !== undefined) {
    x.foreignParent = given;
    if (trustsPeer(transport.peer)) takePlace(x);
  }
  if (tracer !== undefined) startSpan(x, tracer, 'server');
}

/** The caller turned out to be a service: its trace is continued after all. Nothing was asked from within ours yet. */
export function adoptTrace(x: Exchange, tracer: Tracer | undefined): void {
  if (!takePlace(x) || tracer === undefined) return;
  x.span?.drop();
  startSpan(x, tracer, 'server');
}

function takePlace(x: Exchange): boolean {
  const place = traceOf(x.foreignParent, x.header('tracestate'));
  if (place === undefined) return false;
  x.foreignParent = undefined;
  continueTrace(x, place);
  return true;
}

/** Whatever is done for it belongs there from now on. */
export function continueTrace(x: Exchange, place: Trace): void {
  x.traceId = place.traceId;
  x.spanId = place.spanId;
  x.isSampled = place.isSampled;
  x.traceState = place.traceState;
}

/** One span for each request and each invocation, by the name of its operation. */
export function startSpan(x: Exchange, tracer: Tracer, kind: SpanKind): void {
  x.span = tracer.start(x, { name: x.operation.key, kind, startedMs: x.startedMs, link: x.foreignParent });
}

/** After the answer. */
export function endSpan(x: Exchange, { status, code }: Pick<Answer, 'status' | 'code'>): void {
  const { span } = x;
  if (span === undefined) return;
  x.span = undefined;
  span.end(outcomeOf(x, status, code), status >= 500);
}

/** By operation and what came of it; all parts are words of contracts. */
const outcomes = new WeakMap<CompiledOperation, Map<string, SpanAttributes>>();

/** The same object for the same outcome: exporters know it again. */
function outcomeOf(x: Exchange, status: number, code: string | undefined): SpanAttributes {
  const { operation, transport, channel, principal } = x;
  const scheme = transport?.scheme;
  let known = outcomes.get(operation);
  if (known === undefined) outcomes.set(operation, (known = new Map()));
  const key = `${status} ${code} ${principal.audience} ${channel} ${scheme}`;
  let attributes = known.get(key);
  if (attributes === undefined) {
    attributes = {
      'http.request.method': operation.operation.method.toUpperCase(),
      'http.route': operation.contract.basePath + operation.operation.path,
      'http.response.status_code': status,
      'plinth.audience': principal.audience,
      'plinth.channel': channel,
      ...(scheme === undefined ? {} : { 'url.scheme': scheme }),
      ...(code === undefined ? {} : { 'plinth.problem': code }),
      ...(status >= 500 ? { 'error.type': code ?? String(status) } : {}),
    };
    known.set(key, attributes);
  }
  return attributes;
}
