// What software may do over MCP: in both versions of the protocol the same tools, nothing changed before the customer said
// yes to exactly this call of exactly this software, and then once, whichever edge is asked.

import type { Principal } from '@plinth/runtime';
import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ada, ben, call, openIssuer, type OutsideIssuer, type Said, startWorld, type World } from './world.ts';

const scope = 'customers.read customers.write orders.read';
const mcpUrl = 'https://plinth.test/mcp';
let issuer: OutsideIssuer;
let [one, two]: World[] = [];
beforeAll(async () => {
  issuer = await openIssuer();
  const env = { PLINTH_BASE_URL: 'https://plinth.test' };
  one = await startWorld({ issuer, env });
  two = await startWorld({ issuer, env, database: one.database });
});
afterAll(async () => {
  await two?.close();
  await one?.close();
  await issuer?.close();
});

interface Software {
  customer?: string;
  application?: string;
  actor?: string;
  scope?: string;
}

const tokenOf = ({ customer = ada, application = 'app_1', actor = 'assistant', ...more }: Software = {}) =>
  issuer.customer(customer, more.scope ?? scope, {
    kind: 'customer',
    azp: application,
    act: { sub: actor },
    aud: mcpUrl,
  });

interface Result {
  resultType?: string;
  isError?: boolean;
  content?: { text: string }[];
  structuredContent?: Record<string, unknown>;
  tools?: { name: string }[];
  cacheScope?: string;
  ttlMs?: number;
  requestState?: string;
  inputRequests?: Record<string, { method: string; params: { mode: string; message: string; url: string } }>;
}

interface Tool {
  name: string;
  inputSchema: Record<string, unknown>;
}

interface Sent {
  params?: Record<string, unknown>;
  world?: World | undefined;
  software?: Software;
  /** What the client says that it can do; 2026-07-28 only. */
  capabilities?: Record<string, unknown>;
}

async function ask(version: string, method: string, sent: Sent = {}): Promise<{ said: Said; result: Result }> {
  const { params = {}, world = one, software, capabilities = { elicitation: { url: {} } } } = sent;
  const isNew = version === '2026-07-28';
  const meta = {
    'io.modelcontextprotocol/protocolVersion': version,
    'io.modelcontextprotocol/clientInfo': { name: 'test', version: '1.0.0' },
    'io.modelcontextprotocol/clientCapabilities': capabilities,
  };
  const said = await call(world as World, await tokenOf(software), '/mcp', {
    method: 'POST',
    body: { jsonrpc: '2.0', id: 1, method, params: { ...params, ...(isNew ? { _meta: meta } : {}) } },
    headers: {
      accept: 'application/json, text/event-stream',
      'mcp-protocol-version': version,
      ...(isNew ? { 'mcp-method': method } : {}),
      ...(isNew && typeof params['name'] === 'string' ? { 'mcp-name': params['name'] } : {}),
    },
  });
  const line = said.text.startsWith('{') ? said.text : (/^data: (\{.*)$/m.exec(said.text)?.[1] ?? '{}');
  const { result, error } = JSON.parse(line) as { result?: Result; error?: unknown };
  if (result === undefined) throw new Error(`${method}: ${said.status} ${JSON.stringify(error)} ${said.text}`);
  return { said, result };
}

const versions = ['2026-07-28', '2025-11-25'] as const;
const see = (input: Record<string, unknown>) => newer({ name: 'customers_getCustomer', arguments: input });
const change = (city: string) => ({ name: 'customers_updateCustomer', arguments: { customerId: ada, body: { city } } });
const newer = async (params: Record<string, unknown>, sent: Omit<Sent, 'params'> = {}) =>
  (await ask('2026-07-28', 'tools/call', { ...sent, params })).result;
const older = async (params: Record<string, unknown>, sent: Omit<Sent, 'params'> = {}) =>
  (await ask('2025-11-25', 'tools/call', { ...sent, params })).result;
const linkIn = (text = '') => /\/confirmations\/([\w-]+)/.exec(text)?.[1] ?? '';
const confirm = (id: string, customer = ada) => (one as World).platform.confirmations.confirm(id, customer);

/** How often it was done. */
async function effects(): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    select count(*)::int as count from runtime.audit
    where operation = 'customers.updateCustomer' and issuer = ${issuer.issuer}`.execute((one as World).database.db);
  return rows[0]?.count ?? -1;
}

/** By which way it was done. */
async function channels(): Promise<string[]> {
  const { rows } = await sql<{ channel: string }>`
    select distinct channel from runtime.audit
    where operation = 'customers.updateCustomer' and issuer = ${issuer.issuer}`.execute((one as World).database.db);
  return rows.map(({ channel }) => channel);
}

let before = 0;
beforeEach(async () => {
  before = await effects();
});
const done = async (): Promise<number> => (await effects()) - before;

describe('the tools', () => {
  it('are the same in both versions, in one order, and the list is nobody else’s', async () => {
    const lists = [];
    for (const version of versions)
      for (const scopes of [scope, scope.split(' ').toReversed().join(' ')])
        lists.push((await ask(version, 'tools/list', { software: { scope: scopes } })).result);
    const names = lists.map(({ tools }) => tools?.map(({ name }) => name));
    expect(names[0]).toContain('customers_updateCustomer');
    for (const each of names) expect(each).toEqual(names[0]?.toSorted());
    for (const list of lists.slice(0, 2)) expect(list).toMatchObject({ cacheScope: 'private', ttlMs: 0 });
    const few = (await ask('2026-07-28', 'tools/list', { software: { scope: 'orders.read' } })).result.tools;
    expect(few?.every(({ name }) => name.startsWith('orders_'))).toBe(true);
  });

  it('come with the safety fields of every answer', async () => {
    const { said } = await ask('2026-07-28', 'tools/list');
    const fields = ['x-content-type-options', 'referrer-policy', 'connection'].map((name) => said.headers.get(name));
    expect(fields).toEqual(['nosniff', 'no-referrer', 'keep-alive']);
  });

  it('ask for nothing that is always the caller’s own, fill it in, and judge it where it is given', async () => {
    const { tools = [] } = (await ask('2026-07-28', 'tools/list')).result as { tools?: Tool[] };
    const asks = tools.find(({ name }) => name === 'customers_getCustomer')?.inputSchema;
    expect(asks).toMatchObject({ properties: {}, required: [] });
    for (const own of [{}, { customerId: 'me' }, { customerId: ada }])
      expect((await see(own)).structuredContent).toMatchObject({ id: ada });
    expect(await see({ customerId: ben })).toMatchObject({ isError: true });
  });

  it('are those of a protocol that is spoken here', async () => {
    await expect(ask('2027-01-01', 'tools/list')).rejects.toThrow(/400/);
  });
});

describe('a change by software that shows pages', () => {
  it('asks for input with what is read back, stays the same question, and is done once on either edge', async () => {
    const asked = await newer(change('Input'));
    expect(asked).toMatchObject({
      resultType: 'input_required',
      inputRequests: { confirmation: { method: 'elicitation/create', params: { mode: 'url' } } },
    });
    const { message, url } = asked.inputRequests?.['confirmation']?.params ?? { message: '', url: '' };
    const id = linkIn(url);
    expect(url).toBe(`https://plinth.test/confirmations/${id}`);
    const record = await (one as World).platform.confirmations.find(id, ada);
    expect(record).toMatchObject({ operation: 'customers.updateCustomer', state: 'readBack' });
    expect(message).toContain(record?.readback);
    const again = {
      ...change('Input'),
      requestState: asked.requestState,
      inputResponses: { confirmation: { action: 'accept' } },
    };
    // That the software says yes is nobody's yes.
    const waiting = await newer(again, { world: two });
    expect(waiting.inputRequests?.['confirmation']?.params.url).toBe(url);
    expect(await done()).toBe(0);
    expect(await confirm(id)).toBe(true);
    const results = [await newer(again, { world: two }), await newer(again), await newer(again, { world: two })];
    expect(results[0]?.structuredContent).toMatchObject({ city: 'Input' });
    expect(await channels()).toEqual(['mcp']);
    for (const result of results) expect(result.structuredContent).toEqual(results[0]?.structuredContent);
    expect(await done()).toBe(1);
  });

  it('binds the yes to arguments, operation, software, session of software, customer and time', async () => {
    const asked = await newer(change('Bound'));
    await confirm(linkIn(asked.inputRequests?.['confirmation']?.params.url));
    const state = { requestState: asked.requestState, inputResponses: { confirmation: { action: 'accept' } } };
    const others: [Record<string, unknown>, Software][] = [
      [change('Elsewhere'), {}],
      [
        { name: 'customers_updateCustomer', arguments: { customerId: ada, body: { city: 'Bound', country: 'SE' } } },
        {},
      ],
      [change('Bound'), { application: 'app_2' }],
      [change('Bound'), { actor: 'another' }],
      [{ ...change('Bound'), arguments: { customerId: ben, body: { city: 'Bound' } } }, { customer: ben }],
    ];
    for (const [params, software] of others) {
      const result = await newer({ ...params, ...state }, { software });
      expect([params, result.resultType]).toEqual([params, 'input_required']);
      expect(result.requestState).not.toBe(asked.requestState);
    }
    await sql`update runtime.confirmation set expires_at = now() where state = 'confirmed'`.execute(
      (one as World).database.db,
    );
    expect((await newer({ ...change('Bound'), ...state })).resultType).toBe('input_required');
    expect(await done()).toBe(0);
  });

  it('is over when the software says that the customer declined', async () => {
    const asked = await newer(change('Declined'));
    const state = { requestState: asked.requestState, inputResponses: { confirmation: { action: 'decline' } } };
    expect(await newer({ ...change('Declined'), ...state })).toMatchObject({ isError: true });
    expect(await confirm(asked.requestState ?? '')).toBe(false);
    expect(await done()).toBe(0);
  });

  it('is no less bound by a state that was made up', async () => {
    for (const requestState of ['', 'x', 'a'.repeat(10_000)])
      expect((await newer({ ...change('Made up'), requestState })).resultType).toBe('input_required');
    expect(await done()).toBe(0);
  });
});

describe.each([
  ['of 2025-11-25', older],
  [
    'that shows no pages',
    (params: Record<string, unknown>, sent?: Omit<Sent, 'params'>) => newer(params, { ...sent, capabilities: {} }),
  ],
] as const)('a change by software %s', (_, tool) => {
  it('is told where the customer confirms, and is done once however often that was asked', async () => {
    const city = `Older ${_}`;
    const links: string[] = [];
    for (const world of [one, two, one]) {
      const told = await tool(change(city), { world });
      expect(told.isError).toBe(true);
      links.push(linkIn(told.content?.[0]?.text));
    }
    expect(await done()).toBe(0);
    // The customer had two of the pages open, and said yes on both.
    for (const id of links.slice(0, 2)) expect(await confirm(id)).toBe(true);
    expect((await tool(change('Other'), { world: two })).isError).toBe(true);
    expect((await tool(change(city), { software: { application: 'app_2' } })).isError).toBe(true);
    const results = [await tool(change(city), { world: two }), await tool(change(city))];
    for (const result of results) expect(result.structuredContent).toMatchObject({ city });
    expect(await done()).toBe(1);
    // Both are spent: the next is a new wish.
    expect((await tool(change(city))).isError).toBe(true);
  });
});

it('the answer to software names the person it acts for, and the software', async () => {
  const { rows } = await sql<Pick<Principal, 'audience'> & { actor: string[]; customerId: string; channel: string }>`
    select audience, actor, customer_id as "customerId", channel from runtime.audit
    where operation = 'customers.updateCustomer' and issuer = ${issuer.issuer} limit 1`.execute(
    (one as World).database.db,
  );
  expect(rows).toEqual([{ audience: 'agent', actor: ['assistant'], customerId: ada, channel: 'mcp' }]);
});
