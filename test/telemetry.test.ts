// What a running platform says of itself: one trace over everything that comes of a call, log lines with the listed fields
// and nothing personal, and every metric of the table. Spans are read as a collector gets them.

import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { type Principal, servicePrincipal } from '@plinth/runtime';
import { eventually } from '@plinth/testing';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { logFields } from '../runtime/src/telemetry/log-fields.ts';
import { type MetricEntry, metricTable, prometheusName } from '../runtime/src/telemetry/metric-table.ts';
import { type AdminListening, listenAdmin } from '../server/src/admin.ts';
import { ada, call, openIssuer, type OutsideIssuer, startWorld, type World } from './security/world.ts';

interface Span {
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  traceState?: string;
  name: string;
  kind: number;
  attributes: { key: string; value: Record<string, unknown> }[];
  links?: { traceId: string }[];
}

interface Asked {
  path: string;
  headers: IncomingHttpHeaders;
}

const contract = `
openapi: 3.1.0
info: { title: Errands, version: 1.0.0, description: Errands that customers run. }
servers: [{ url: /errands/v1 }]
x-plinth:
  capability: errands
  owner: { team: test, contact: test@example.org }
  audience: [customer, staff, partner]
security: [{ oidc: [errands.write] }]
paths:
  /errands:
    get:
      operationId: listErrands
      summary: See errands
      x-plinth: { ownerCheck: [], deprecation: { since: 2026-01-01, sunset: 2031-01-01 } }
      responses: { '200': { description: Errands., content: { application/json: { schema: { type: object } } } } }
    post:
      operationId: runErrand
      summary: Run an errand
      x-plinth: { effect: write, audience: [customer], async: { mode: always, retain: PT1H } }
      requestBody: { required: true, content: { application/json: { schema: { $ref: '#/components/schemas/Errand' } } } }
      responses:
        '201': { description: Run., content: { application/json: { schema: { $ref: '#/components/schemas/Errand' } } } }
        '202': { description: Begun. }
  /oddity:
    get:
      operationId: getOddity
      summary: See an oddity
      x-plinth: { ownerCheck: [] }
      responses: { '200': { description: Oddity., content: { application/json: { schema: { $ref: '#/components/schemas/Errand' } } } } }
  /notices:
    post:
      operationId: hearNotice
      summary: Hear of an errand
      security: []
      x-plinth:
        effect: write
        idempotency: none
        emits: [errand.noticed]
        webhookIn: { scheme: standard, secretRef: errands, toleranceS: 300 }
      requestBody: { required: true, content: { application/json: { schema: { $ref: '#/components/schemas/Errand' } } } }
      responses: { '202': { description: Kept. } }
components:
  securitySchemes:
    oidc: { type: openIdConnect, openIdConnectUrl: /oidc/.well-known/openid-configuration }
  schemas:
    Errand: { type: object, additionalProperties: false, required: [name], properties: { name: { type: string, maxLength: 100 } } }
`;
const files: Readonly<Record<string, string>> = {
  'contract.yaml': contract,
  'events.yaml': `
events:
  errand.noticed: { when: Somebody noticed it., data: { $ref: './contract.yaml#/components/schemas/Errand' } }`,
  'handlers/run-errand.ts': `
export async function runErrand(input) { return { status: 201, body: { name: input.body.name } }; }`,
  'handlers/get-oddity.ts': `
export async function getOddity() { return { status: 200, body: { name: 7 } }; }`,
};

const spans: Span[] = [];
const asked: Asked[] = [];
const lines: string[] = [];
const acme: Principal = { ...servicePrincipal('acme'), issuer: 'test', audience: 'partner', partnerId: 'ptn_acme' };
const foreign = '4bf92f3577b34da6a3ce929d0e0e4736';
const callerSpan = '00f067aa0ba902b7';
const traced = { traceparent: `00-${foreign}-${callerSpan}-01`, tracestate: 'rojo=1' };
const scope = 'orders.read orders.write errands.write accounts.read catalogue.read';
/** Of the demo's customers, and of the tests: none of it may stand in a line or a span. */
const canaries = { pan: '4111111111111111', mail: 'canary.line@mail.example', name: 'Kanarienvogel' };

let outside: Server;
let issuer: OutsideIssuer;
let world: World;
let admin: AdminListening;
let token: string;

const portOf = (server: Server): number => (server.address() as AddressInfo).port;

const isReady = (): Promise<{ ready: boolean }> => Promise.resolve({ ready: true });

/** Collector, partner and other bank in one: it takes everything, and knows nothing. */
async function openOutside(): Promise<Server> {
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      const { url = '', headers } = request;
      if (url === '/v1/traces') {
        const { resourceSpans } = JSON.parse(body) as { resourceSpans: { scopeSpans: { spans: Span[] }[] }[] };
        spans.push(...resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap((scope) => scope.spans)));
      } else asked.push({ path: url, headers });
      return response.writeHead(url.startsWith('/bank') ? 500 : 200).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

beforeAll(async () => {
  outside = await openOutside();
  const here = `127.0.0.1:${portOf(outside)}`;
  issuer = await openIssuer();
  world = await startWorld({
    issuer,
    env: {
      LOG_LEVEL: 'info',
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://${here}`,
      PLINTH_ALLOWED_PRIVATE_HOSTS: here,
      PLINTH_TRUSTED_PROXIES: '127.0.0.1',
      PLINTH_UPSTREAM_CORE_BANK: `http://${here}/bank`,
      PLINTH_SECRET_CORE_BANK: 'schluessel-of-the-bank',
      PLINTH_WEBHOOK_SECRETS: `errands=whsec_${Buffer.alloc(24, 1).toString('base64')}`,
    },
    platform: { logTo: { write: (line) => void lines.push(line) } },
  });
  const folder = world.platform.config.contractsFolder;
  for (const [name, content] of Object.entries(files)) {
    const file = path.join(folder, 'errands', name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, content);
  }
  const { refused } = await world.platform.reload();
  if (refused.length > 0) throw new Error(JSON.stringify(refused));
  admin = await listenAdmin({ port: 0, metrics: world.platform.metrics, database: world.database, readiness: isReady });
  token = await issuer.customer(ada, scope);
});
afterAll(async () => {
  await admin?.close();
  await world?.close();
  await issuer?.close();
  outside?.closeAllConnections();
  outside?.close();
});

const keyed = () => ({ 'idempotency-key': crypto.randomUUID() });
const post = (target: string, body: unknown, headers: Record<string, string> = {}) =>
  call(world, token, target, { method: 'POST', body, headers: { ...keyed(), ...headers } });
const attribute = (span: Span | undefined, key: string): unknown =>
  Object.values(span?.attributes.find((each) => each.key === key)?.value ?? {})[0];

async function asAcme(name: string, input: Record<string, unknown>): Promise<{ id: string }> {
  const operation = `partners.${name}`;
  const call = { operation, principal: acme, input, idempotencyKey: crypto.randomUUID() };
  const { status, body } = await world.platform.edge.invoke(call);
  expect({ status, body }).toMatchObject({ status: 201 });
  return body as { id: string };
}

/** Ada's order with a partner who listens. */
async function anOrder(headers: Record<string, string> = {}) {
  return post(
    '/orders/v1/orders',
    { lines: [{ sku: 'KETTLE-17', quantity: 1 }], payment: { method: 'card_ok' } },
    headers,
  );
}

const find = (name: string): Span | undefined => spans.find((span) => span.traceId === foreign && span.name === name);
const parentOf = (span: Span | undefined): Span | undefined =>
  spans.find(({ spanId }) => spanId === span?.parentSpanId);
/** Names from a span up to the call it came of. */
const wayOf = (name: string): string[] => {
  const way: string[] = [];
  for (let span = find(name); span !== undefined && way.length < 20; span = parentOf(span)) way.push(span.name);
  return way.toReversed();
};

const figures = async (): Promise<string> => (await fetch(`http://127.0.0.1:${admin.port}/metrics`)).text();

describe('one trace', () => {
  beforeAll(async () => {
    const { id: appId } = await asAcme('createApp', { body: { name: 'Acme', scopes: ['orders.read'] } });
    const url = `http://127.0.0.1:${portOf(outside)}/hooks`;
    await asAcme('createEndpoint', { body: { appId, url, events: ['order.placed'] } });
    const { status, text: said } = await anOrder(traced);
    if (status !== 201) throw new Error(said);
    await world.platform.settled();
    await eventually('the webhook arrives', 20_000, () => asked.some(({ path: at }) => at === '/hooks') || undefined);
    await eventually('both ends are told', 20_000, () => (find('webhook') && find('orders.placeOrder')) || undefined);
  });

  it('begins where the caller is', () => {
    expect(find('orders.placeOrder')).toMatchObject({ parentSpanId: callerSpan, kind: 2, traceState: 'rojo=1' });
    expect(attribute(find('orders.placeOrder'), 'http.response.status_code')).toBe('201');
  });

  it.each([
    [
      'a call from a step of a workflow',
      'payments.createPayment',
      ['orders.fulfilOrder', 'orders.fulfilOrder pay', 'payments.createPayment'],
    ],
    [
      'a step’s own transaction',
      'orders.fulfilOrder place',
      ['transaction', 'orders.fulfilOrder', 'orders.fulfilOrder place'],
    ],
  ])('goes on into %s', (_, name, end) => {
    expect(wayOf(name).slice(0, 2)).toEqual(['orders.placeOrder', 'transaction']);
    expect(wayOf(name).slice(-end.length)).toEqual(end);
  });

  it('goes on from the fact that a step said into reactions, and from one of them to the partner', () => {
    const run = ['orders.fulfilOrder', 'orders.fulfilOrder place', 'transaction'];
    const start = ['orders.placeOrder', 'transaction', ...run];
    expect(wayOf('webhook')).toEqual([...start, 'partners.deliver-facts', 'webhook']);
    const said = find('webhook');
    const place = parentOf(parentOf(said));
    const reactions = spans.filter(({ parentSpanId }) => parentSpanId === place?.spanId);
    expect(reactions.map(({ name }) => name)).toContain('customers.project-timeline');
    expect(reactions.every(({ kind }) => kind === 5)).toBe(true);
  });

  it('goes on into a job that a transaction ordered', async () => {
    const sender = await issuer.token({ sub: 'letters', kind: 'service', scope: 'notifications.write' });
    const letter = { title: 'Hello', text: 'A letter.', dedupeKey: 'letter-1' };
    const body = { ...letter, customerId: ada, email: true, emailAddress: canaries.mail };
    const sent = await call(world, sender, '/notifications/v1/messages', {
      method: 'POST',
      body,
      headers: { ...keyed(), ...traced },
    });
    expect(sent).toMatchObject({ status: 201 });
    await eventually('the mail is sent', 30_000, () => find('notifications.send-mail'));
    expect(wayOf('notifications.send-mail')).toEqual([
      'notifications.sendMessage',
      'transaction',
      'notifications.send-mail',
    ]);
  });

  it('is what the partner is told, without what other systems said of it', () => {
    const hook = asked.find(({ path: at }) => at === '/hooks');
    const span = find('webhook');
    expect(hook?.headers['traceparent']).toBe(`00-${foreign}-${span?.spanId}-01`);
    expect(hook?.headers['tracestate']).toBeUndefined();
  });

  it('stands in facts and audit rows of all that', async () => {
    const { rows } = await sql<{ of: string; traces: string[] }>`
      select 'facts' as of, array_agg(distinct trace_id) as traces from runtime.outbox where type like 'order.%'
      union all select 'acts', array_agg(distinct trace_id) from runtime.audit
      where operation in ('orders.placeOrder', 'orders.fulfilOrder', 'payments.createPayment')`.execute(
      world.platform.database.db,
    );
    expect(rows).toEqual([
      { of: 'facts', traces: [foreign] },
      { of: 'acts', traces: [foreign] },
    ]);
  });

  it('of a call that goes on after its 202 goes on in the job', async () => {
    const { status, headers } = await post('/errands/v1/errands', { name: 'milk' }, traced);
    expect(status).toBe(202);
    const ended = await call(world, token, String(headers.get('location')), { headers: { prefer: 'wait=30' } });
    expect(ended.body).toMatchObject({ state: 'succeeded' });
    const job = await eventually('the job is told', 20_000, () =>
      spans.find(({ name, kind }) => name === 'errands.runErrand' && kind === 5),
    );
    expect(parentOf(job)).toMatchObject({ name: 'errands.runErrand', kind: 2, parentSpanId: callerSpan });
    // Whoever asks what became of it is in a trace, too: one of its own, since the caller sent none with it.
    const poll = await eventually('the question is told', 20_000, () =>
      spans.find(({ name }) => name === 'GET /jobs/{id}'),
    );
    expect(poll.kind).toBe(2);
    expect(poll.traceId).not.toBe(foreign);
    expect(poll.parentSpanId).toBeUndefined();
    expect(attribute(poll, 'http.response.status_code')).toBe('200');
  });

  it('of a call through MCP is that of the message, of which the operation is a part', async () => {
    const aud = `${world.platform.config.baseUrl}/mcp`;
    const agent = {
      sub: 'person',
      kind: 'customer',
      customer_number: ada,
      scope: 'orders.read',
      act: { sub: 'helper' },
      aud,
    };
    const placed = { traceparent: `00-${foreign}-${'7'.repeat(16)}-01`, tracestate: 'agent=1' };
    const message = { name: 'orders_listOrders', arguments: {}, _meta: placed };
    const response = await fetch(`${world.base}/mcp`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${await issuer.token(agent)}`,
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
        'mcp-protocol-version': '2025-11-25',
      },
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: message }),
    });
    expect(await response.text()).toContain('structuredContent');
    const request = await eventually('the request is told', 20_000, () =>
      spans.find(({ name }) => name === 'POST /mcp'),
    );
    expect(request).toMatchObject({ traceId: foreign, parentSpanId: '7'.repeat(16), traceState: 'agent=1', kind: 2 });
    expect(response.headers.get('traceparent')).toBe(`00-${foreign}-${request.spanId}-01`);
    expect([attribute(request, 'mcp.method.name'), attribute(request, 'gen_ai.tool.name')]).toEqual([
      'tools/call',
      message.name,
    ]);
    const operation = spans.find(({ parentSpanId }) => parentSpanId === request.spanId);
    expect(operation).toMatchObject({ name: 'orders.listOrders', kind: 1, traceId: foreign });
  });

  it('has a span for each live stream, as long as it is open', async () => {
    const abort = new AbortController();
    const headers = { authorization: `Bearer ${token}`, ...traced };
    const stream = await fetch(`${world.base}/live?topics=orders`, { headers, signal: abort.signal });
    expect(stream.status).toBe(200);
    const place = stream.headers.get('traceparent') ?? '';
    expect(place).toContain(foreign);
    abort.abort();
    const span = await eventually('the stream is told', 20_000, () => spans.find(({ name }) => name === 'GET /live'));
    expect(span).toMatchObject({ traceId: foreign, parentSpanId: callerSpan, spanId: place.slice(36, 52) });
  });

  it('begins with each periodic job', async () => {
    const run = await eventually('a periodic job is told', 20_000, () =>
      spans.find(({ name }) => name === 'plinth.upstream-reconcile'),
    );
    expect(run.parentSpanId).toBeUndefined();
    expect(run.traceId).not.toBe(foreign);
  });

  it('is continued by other systems', async () => {
    const place = path.join(world.platform.config.contractsFolder, 'accounts');
    const examples = path.resolve(import.meta.dirname, '../examples');
    mkdirSync(place, { recursive: true });
    cpSync(path.join(examples, 'systems/core-bank/kernbank.yaml'), path.join(place, 'kernbank.yaml'));
    cpSync(path.join(examples, 'adapters/accounts/upstream.yaml'), path.join(place, 'upstream.yaml'));
    expect(await world.platform.reload()).toMatchObject({ refused: [] });
    expect((await call(world, token, '/accounts/v1/accounts', { headers: traced })).status).toBeGreaterThanOrEqual(500);
    const [first] = asked.filter(({ path: at }) => at.startsWith('/bank'));
    const span = await eventually('the call is told', 20_000, () =>
      spans.find(({ name }) => name.startsWith('core-bank ')),
    );
    expect(first?.headers).toMatchObject({ traceparent: `00-${foreign}-${span.spanId}-01`, tracestate: 'rojo=1' });
    expect(parentOf(span)).toMatchObject({ name: 'accounts.listAccounts' });
  });

  it('leaves nothing open, and says nothing of whom it concerns', async () => {
    await world.platform.settled();
    await eventually('everything has ended', 20_000, () => world.platform.tracer?.open === 0 || undefined);
    const all = JSON.stringify(spans);
    expect(spans.length).toBeGreaterThan(30);
    expect(new Set(spans.map(({ spanId }) => spanId)).size).toBe(spans.length);
    for (const secret of [ada, '@', token, 'schluessel', 'ord_', 'pay_', 'KETTLE']) expect(all).not.toContain(secret);
  });
});

const answered = (text: string, scheme: string): number => {
  const labels = `http_route="/orders/v1/orders",method="GET",status="200",url_scheme="${scheme}"`;
  const line = text
    .split('\n')
    .find((each) => each.startsWith(`http_server_request_duration_seconds_count{${labels}}`));
  return Number(line?.split(' ').at(-1) ?? 0);
};

/** The schemes under which a call with these headers is counted. */
async function schemesOf(headers: Record<string, string>): Promise<string[]> {
  const before = await figures();
  const { status } = await call(world, token, '/orders/v1/orders', { headers });
  const after = await figures();
  return ['http', 'https'].filter((scheme) => status === 200 && answered(after, scheme) > answered(before, scheme));
}

describe('metrics', () => {
  /** Those the run below brings about; the others move in test/upstream-faults. */
  const rare = new Set(['plinth.upstream.breaker', 'plinth.upstream.canary_ended', 'plinth.upstream.unknown']);

  it('are those of the table, each with its labels, and no others', async () => {
    await call(world, token, '/errands/v1/errands');
    expect((await call(world, token, '/errands/v1/oddity')).status).toBe(500);
    expect((await call(world, undefined, '/errands/v1/notices', { method: 'POST', body: {} })).status).toBe(401);
    await call(world, token, '/catalogue/v1/offerings');
    // A fact that comes again to a reaction that has done with it.
    await sql`
      insert into runtime.held_event (consumer, event_id, subject, position, event, attempt, due_at)
      select 'customers.project-timeline', event_id, subject, position, jsonb_build_object('id', event_id, 'type', type,
        'source', source, 'subject', subject, 'sequence', aggregate_seq, 'time', time, 'data', data,
        'traceId', trace_id, 'position', position), 1, now()
      from runtime.outbox where type = 'order.placed' order by position desc limit 1`.execute(
      world.platform.database.db,
    );
    const text = await eventually('the fact has come again', 20_000, async () => {
      const now = await figures();
      return /plinth_inbox_duplicates_total\{/.test(now) ? now : undefined;
    });
    const table: Record<string, MetricEntry> = metricTable;
    const known = new Map(
      Object.entries(table).map(([name, entry]) => [prometheusName(name, entry), { name, ...entry }]),
    );
    const told = new Map<string, Set<string>>();
    for (const line of text.split('\n').filter((each) => each !== '' && !each.startsWith('#'))) {
      const [, full = '', labels = ''] = /^([a-z_]+)(?:\{(.*)\})? \S+$/.exec(line) ?? [];
      const name = known.has(full) ? full : full.replace(/_(?:bucket|sum|count)$/, '');
      const found = known.get(name);
      expect({ line, listed: found !== undefined }).toEqual({ line, listed: true });
      const names = [...labels.matchAll(/([a-z_]+)="/g)]
        .map(([, label = '']) => label)
        .filter((label) => label !== 'le');
      const may = (found?.labels ?? []).map((label) => label.replaceAll('.', '_'));
      expect({ line, labels: names.filter((label) => !may.includes(label)) }).toEqual({ line, labels: [] });
      told.set(name, new Set([...(told.get(name) ?? []), ...names]));
    }
    const missing = [...known].filter(([name, { name: own }]) => !told.has(name) && !rare.has(own));
    expect(missing.map(([name]) => name)).toEqual([]);
    for (const [name, { kind, help }] of known)
      expect(text).toContain(`# HELP ${name} ${help}\n# TYPE ${name} ${kind}\n`);
  });

  it('tell apart how callers asked, also behind a proxy that is believed', async () => {
    expect(await schemesOf({})).toEqual(['http']);
    expect(await schemesOf({ 'x-forwarded-proto': 'https' })).toEqual(['https']);
    expect(await schemesOf({ forwarded: 'for=198.51.100.7;proto=https' })).toEqual(['https']);
  });

  it('speak of nobody', async () => {
    const text = await figures();
    for (const secret of [ada, '@', 'ord_', 'cus_', 'Acme']) expect(text).not.toContain(secret);
  });
});

it('every log line has the listed fields, and neither lines nor metrics have what is secret or personal', async () => {
  const { rows } = await sql<{ email: string; given: string; family: string }>`
    select email, given_name as given, family_name as family from customers.customers where email is not null`.execute(
    world.platform.database.db,
  );
  expect(rows.length).toBeGreaterThan(50);
  // Personal data in every place a caller can put it.
  const { pan, mail, name } = canaries;
  await call(world, token, `/orders/v1/orders/${pan}?q=${mail}`);
  await call(world, `${token}x`, '/orders/v1/orders', { headers: { cookie: `__Host-plinth=${pan}` } });
  await post('/orders/v1/orders', { name, mail, payment: { method: pan } });
  await post('/errands/v1/errands', { name: `${name} ${mail} ${pan}` });
  await call(world, token, `/errands/v1/${name}/${mail}`);
  await call(world, token, '/orders/v1/orders', { method: name.toUpperCase() });
  await call(world, token, '/errands/v1/oddity', { headers: { 'plinth-channel': mail, 'x-forwarded-for': mail } });
  await world.platform.settled();
  const listed = new Set(['level', 'time', 'msg', ...Object.keys(logFields)]);
  expect(lines.length).toBeGreaterThan(15);
  for (const line of lines) {
    const fields = JSON.parse(line) as Record<string, unknown>;
    expect({ line, unlisted: Object.keys(fields).filter((field) => !listed.has(field)) }).toEqual({
      line,
      unlisted: [],
    });
    expect(fields['unlisted']).toBeUndefined();
  }
  const all = lines.join('');
  const told = await figures();
  for (const secret of [
    ...Object.values(canaries),
    name.toUpperCase(),
    token.slice(0, 40),
    ada,
    'schluessel',
    'whsec_',
  ])
    expect({ secret, logged: all.includes(secret), counted: told.includes(secret) }).toEqual({
      secret,
      logged: false,
      counted: false,
    });
  expect(rows.filter(({ email }) => all.includes(email))).toEqual([]);
  expect(rows.filter(({ given, family }) => all.includes(`${given} ${family}`))).toEqual([]);
});
