import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { servicePrincipal } from '../kernel/index.ts';
import type { EndedSpan } from '../ports/index.ts';
import { type Trace, traceOf } from '../telemetry/trace.ts';
import { Tracer } from '../telemetry/tracer.ts';
import { beginRootTrace, type RootTrace, rootTraceOf } from './root-trace.ts';
import { setCaller } from './transport.ts';

const head = `00-${'a'.repeat(32)}-${'1'.repeat(16)}-01`;
const sameTrace = `00-${'a'.repeat(32)}-${'2'.repeat(16)}-01`;
const other = `00-${'b'.repeat(32)}-${'3'.repeat(16)}-01`;
const at = (traceparent: string) => {
  const { traceId, spanId } = traceOf(traceparent) as Trace;
  return { traceId, spanId };
};

const ended: EndedSpan[] = [];
const tracer = new Tracer({ take: (span) => void ended.push(span), close: () => Promise.resolve() });
let server: Server;
let isTrusted = false;
let isProxied = false;
let act: (trace: RootTrace, request: IncomingMessage) => void = () => undefined;

beforeAll(async () => {
  server = createServer((request, response) => {
    if (isProxied) setCaller(request, { address: '198.51.100.7', scheme: 'https' });
    const trace = beginRootTrace({ request, response }, '/mcp', { tracer, trustsPeer: () => isTrusted });
    act(trace, request);
    response.end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterAll(() => void server.close());
beforeEach(() => {
  isTrusted = isProxied = false;
  act = () => undefined;
  ended.length = 0;
});

/** The one span of a request. */
async function asked(headers: Record<string, string> = { traceparent: head }): Promise<EndedSpan> {
  await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`, { headers, method: 'POST' });
  await expect.poll(() => ended.length).toBe(1);
  expect(tracer.open).toBe(0);
  return ended[0] as EndedSpan;
}

const placeOf = ({ traceId, parentId, links }: EndedSpan) => ({
  traceId,
  parentId,
  links: links.map((link) => ({ traceId: link.traceId, spanId: link.spanId })),
});
const goesOnAt = (traceparent: string) => {
  const { traceId, spanId } = at(traceparent);
  return { traceId, parentId: spanId, links: [] };
};

it('what is in the message is linked for strangers, in place of their head', async () => {
  act = (trace) => trace.hear(other, undefined);
  const span = await asked();
  expect(span).toMatchObject({ parentId: '', links: [at(other)] });
  expect([at(head).traceId, at(other).traceId]).not.toContain(span.traceId);
});

it('what is in the message is believed of a trusted peer that speaks for itself', async () => {
  isTrusted = true;
  act = (trace) => trace.hear(other, 'agent=1');
  expect(await asked()).toMatchObject({ ...goesOnAt(other), traceState: 'agent=1' });
});

it('what a proxy passes on is believed only within the trace of its own head', async () => {
  isTrusted = isProxied = true;
  act = (trace) => trace.hear(sameTrace, undefined);
  expect(placeOf(await asked())).toEqual(goesOnAt(sameTrace));
  ended.length = 0;
  act = (trace) => trace.hear(other, undefined);
  expect(placeOf(await asked())).toEqual({ ...goesOnAt(head), links: [at(other)] });
  ended.length = 0;
  expect(await asked({})).toMatchObject({ parentId: '', links: [at(other)], attributes: { 'url.scheme': 'https' } });
});

it('what is no place changes nothing', async () => {
  isTrusted = true;
  act = (trace) => trace.hear('00-nonsense', undefined);
  expect(placeOf(await asked())).toEqual(goesOnAt(head));
});

it('a service is believed about its head once it is known, and nobody else is', async () => {
  act = (trace) => trace.know(servicePrincipal('batch'));
  expect(placeOf(await asked())).toEqual(goesOnAt(head));
  ended.length = 0;
  act = (trace) => trace.know({ ...servicePrincipal('ada'), audience: 'agent' });
  expect(await asked()).toMatchObject({ parentId: '', links: [at(head)] });
  // What was believed of its message stands.
  ended.length = 0;
  isTrusted = true;
  act = (trace) => {
    trace.hear(other, undefined);
    trace.know(servicePrincipal('batch'));
  };
  expect(placeOf(await asked())).toEqual(goesOnAt(other));
});

it('is found again by its request, and says where the answer belongs', async () => {
  const seen: unknown[] = [];
  act = (trace, request) => void seen.push(rootTraceOf(request) === trace, trace.traceparent);
  const { traceId, spanId } = await asked();
  expect(seen).toEqual([true, `00-${traceId}-${spanId}-01`]);
});
