import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import type { EndedSpan } from '@plinth/runtime/ports';
import { afterEach, expect, it } from 'vitest';
import { openOtlp } from './index.ts';

interface Posted {
  headers: Record<string, unknown>;
  spans: Record<string, unknown>[];
  resource: unknown;
}

let server: Server | undefined;

afterEach(async () => {
  await new Promise((resolve) => (server === undefined ? resolve(undefined) : server.close(resolve)));
  server = undefined;
});

async function collector(status = 200): Promise<{ url: string; posts: Posted[] }> {
  const posts: Posted[] = [];
  server = createServer((request, response) => {
    void text(request).then((body) => {
      const [group] = (JSON.parse(body) as { resourceSpans: [{ resource: unknown; scopeSpans: [{ spans: [] }] }] })
        .resourceSpans;
      posts.push({ headers: request.headers, spans: group.scopeSpans[0].spans, resource: group.resource });
      response.writeHead(status, { 'content-type': 'application/json' }).end('{}');
    });
  });
  const listening = server;
  await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${(listening.address() as AddressInfo).port}/v1/traces`, posts };
}

const span: EndedSpan = {
  name: 'orders.placeOrder',
  kind: 'server',
  traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
  spanId: '00f067aa0ba902b7',
  parentId: '',
  traceState: undefined,
  startMs: 1_795_939_200_000.25,
  endMs: 1_795_939_200_010.5,
  attributes: { 'http.response.status_code': 201, 'url.scheme': 'https', share: 0.5, replayed: false },
  links: [],
  isError: false,
};

const never = (error: string): never => {
  throw new Error(error);
};

it('spans are posted as OTLP describes them in JSON', async () => {
  const { url, posts } = await collector();
  const headers = { authorization: 'Bearer 1' };
  const exporter = openOtlp({ url, headers, service: 'plinth', version: '0.1.0', everyMs: 10, lost: never });
  exporter.take(span);
  const link = { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16) };
  exporter.take({ ...span, parentId: 'c'.repeat(16), traceState: 'rojo=1', links: [link], isError: true });
  await expect.poll(() => posts.length).toBe(1);
  const [posted] = posts as [Posted];
  expect(posted.headers).toMatchObject({ 'content-type': 'application/json', authorization: 'Bearer 1' });
  expect(posted.resource).toEqual({
    attributes: [
      { key: 'service.name', value: { stringValue: 'plinth' } },
      { key: 'service.version', value: { stringValue: '0.1.0' } },
    ],
  });
  expect(posted.spans[0]).toEqual({
    traceId: span.traceId,
    spanId: span.spanId,
    name: span.name,
    kind: 2,
    startTimeUnixNano: '1795939200000250000',
    endTimeUnixNano: '1795939200010500000',
    attributes: [
      { key: 'http.response.status_code', value: { intValue: '201' } },
      { key: 'url.scheme', value: { stringValue: 'https' } },
      { key: 'share', value: { doubleValue: 0.5 } },
      { key: 'replayed', value: { boolValue: false } },
    ],
    status: {},
  });
  expect(posted.spans[1]).toMatchObject({
    parentSpanId: 'c'.repeat(16),
    traceState: 'rojo=1',
    links: [link],
    status: { code: 2 },
  });
  await exporter.close();
});

it('closing sends what is kept, in posts of at most 512, and nothing is taken after it', async () => {
  const { url, posts } = await collector();
  const exporter = openOtlp({ url, service: 'plinth', version: '0', everyMs: 60_000, lost: never });
  for (let n = 0; n < 1_300; n++) exporter.take(span);
  await exporter.close();
  exporter.take(span);
  await exporter.close();
  expect(posts.map(({ spans }) => spans.length)).toEqual([512, 512, 276]);
});

it('a collector that is away, refuses or hangs costs spans and is told of once, with their number', async () => {
  const told: [string, number][] = [];
  const lost = (error: string, spans: number): void => void told.push([error, spans]);
  const gone = openOtlp({ url: 'http://127.0.0.1:9/v1/traces', service: 'p', version: '0', everyMs: 5, lost });
  gone.take(span);
  await expect.poll(() => told.length).toBe(1);
  gone.take(span);
  await gone.close();
  expect(told).toHaveLength(1);
  const { url, posts } = await collector(503);
  const refused = openOtlp({ url, service: 'p', version: '0', everyMs: 60_000, lost });
  for (let n = 0; n < 3; n++) refused.take(span);
  await refused.close();
  expect(told[1]).toEqual(['the collector answered 503', 3]);
  expect(posts).toHaveLength(1);
});

it('no more is kept than 8,192 spans', async () => {
  const told: [string, number][] = [];
  const { url, posts } = await collector();
  const lost = (error: string, spans: number): void => void told.push([error, spans]);
  const exporter = openOtlp({ url, service: 'p', version: '0', everyMs: 60_000, lost });
  for (let n = 0; n < 8_200; n++) exporter.take(span);
  await exporter.close();
  expect(posts.flatMap(({ spans }) => spans)).toHaveLength(8_192);
  expect(told).toEqual([['more spans than can be sent', 1]]);
});
