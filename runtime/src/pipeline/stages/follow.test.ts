// Reading what one has written: notes whose list is kept by a reaction that tests hold back.

import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { open, read, type Reaction, write } from '../../capability.ts';
import { reply } from '../../context.ts';
import { createEventing, type Eventing } from '../../eventing.ts';
import { projectionsOf } from '../../events/following.ts';
import { elapsedMs, pause, problem, systemClock } from '../../kernel/index.ts';
import { openTestDatabase, type TestDatabase } from '../../store/test-database.ts';
import { testServices } from '../../test-services.ts';
import { notesContract, staff, startTestEdge, type TestEdge } from '../test-edge.ts';

const answer = `type: object, properties: { items: { type: array, items: { type: string } }, version: { type: integer }, stale: { type: boolean } }`;
const contractText = `
openapi: 3.1.0
info: { title: Lists, version: 1.0.0 }
servers: [{ url: /lists/v1 }]
x-plinth: { capability: lists, owner: { team: test, contact: test@example.org }, audience: [customer, staff, service] }
paths:
  /items:
    get:
      operationId: listItems
      summary: See items
      security: [{ oidc: [notes.read] }]
      x-plinth: { ownerCheck: [], timeoutMs: 5000 }
      parameters: [{ name: fails, in: query, schema: { type: boolean } }]
      responses: { '200': { description: Items., content: { application/json: { schema: { ${answer} } } } } }
    post:
      operationId: addItem
      summary: Add an item
      security: [{ oidc: [notes.write] }]
      x-plinth: { effect: write, ownerCheck: [], idempotency: { mode: none } }
      requestBody: { required: true, content: { application/json: { schema: { type: object, properties: { text: { type: string } } } } } }
      responses: { '201': { description: Added., content: { application/json: { schema: { type: object } } } } }
  /hasty:
    get:
      operationId: listHastily
      summary: See items soon
      security: [{ oidc: [notes.read] }]
      x-plinth: { ownerCheck: [], timeoutMs: 900 }
      responses: { '200': { description: Items., content: { application/json: { schema: { ${answer} } } } } }
  /together:
    post:
      operationId: addAndList
      summary: Add an item and see all
      security: [{ oidc: [notes.write] }]
      x-plinth: { effect: write, ownerCheck: [], idempotency: { mode: none } }
      responses: { '200': { description: Items., content: { application/json: { schema: { type: object } } } } }
components:
  securitySchemes: { oidc: { type: openIdConnect, openIdConnectUrl: /oidc } }
`;

let database: TestDatabase;
let eventing: Eventing;
let world: TestEdge;
/** What the reaction waits for before it keeps an item. */
let held: Promise<void> | undefined;
let letGo = (): void => undefined;
let listed = 0;

const keep: Reaction = {
  name: 'lists.keep',
  on: ['item.added'] as unknown as Reaction['on'],
  projection: { table: 'items', key: 'id' },
  run: async (event, ctx) => {
    await held;
    await sql`insert into items values (${event.id}, ${(event.data as { text: string }).text})`.execute(ctx.db);
  },
};
const list = read(
  async ({ fails }: { fails?: boolean }, ctx) => {
    listed += 1;
    if (fails) return problem('conflicting-state');
    const { rows } = await sql<{ text: string }>`select text from items order by text`.execute(ctx.db);
    return reply(200, { items: rows.map(({ text }) => text), version: 1 });
  },
  { follows: 'lists.keep' },
);
const add = async (text: string, ctx: { emit: (type: never, fact: never) => void }): Promise<void> =>
  ctx.emit('item.added' as never, { subject: text, data: { text } } as never);

beforeAll(async () => {
  database = await openTestDatabase();
  await database.rows('create table items (id uuid, text text)');
  const services = { ...testServices(database), clock: systemClock };
  eventing = await createEventing({ ...services, databaseUrl: undefined, capabilities: [{ reactions: [keep] }] });
  world = await startTestEdge({
    contract: await notesContract(contractText),
    calls: { lists: ['lists.listItems'] },
    handlers: {
      listItems: list,
      listHastily: list,
      addItem: write(async ({ body }: { body: { text: string } }, ctx) => {
        await add(body.text, ctx);
        return reply(201, {});
      }),
      addAndList: open(async (_, ctx) => {
        await ctx.transaction(async (inner) => add('together', inner));
        return reply(200, await ctx.call('lists.listItems' as never, {}));
      }),
    },
    services: { database, beginWrite: eventing.beginWrite, committed: eventing.committed },
    edge: { projections: projectionsOf([{ reactions: [keep] }]) },
  });
});
afterAll(async () => {
  await world.close();
  await eventing.close();
  await database.close();
});
beforeEach(async () => {
  held = undefined;
  listed = 0;
  await eventing.quiet();
  await database.rows('truncate items');
});

// Also where a test has failed.
afterEach(() => letGo());

/** Holds the reaction back until what it gives is called. */
function hold(): () => void {
  const gate = Promise.withResolvers<void>();
  held = gate.promise;
  letGo = gate.resolve;
  return gate.resolve;
}

async function send(method: string, path: string, headers: Record<string, string> = {}, body?: object) {
  const authorization = `Bearer ${await world.token({ plinth_audience: 'service', customer_id: undefined })}`;
  const startMs = elapsedMs();
  const response = await fetch(`${world.url}/lists/v1/${path}`, {
    method,
    headers: { authorization, 'content-type': 'application/json', ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const said = (await response.json()) as Record<string, unknown>;
  return { status: response.status, headers: response.headers, said, ms: elapsedMs() - startMs };
}
const addOne = async (text: string): Promise<string> =>
  (await send('POST', 'items', {}, { text })).headers.get('plinth-position') ?? 'none';
const after = (position: string, path = 'items', headers: Record<string, string> = {}) =>
  send('GET', path, { 'plinth-position': position, ...headers });

it('a read that is given the position of a write shows it, thirty times in a row', async () => {
  const texts: string[] = [];
  for (let n = 10; n < 40; n++) {
    texts.push(`item ${n}`);
    const { said } = await after(await addOne(`item ${n}`));
    expect(said).toEqual({ items: texts, version: 1 });
  }
});

it('waits as long as the reaction is at it', async () => {
  const goOn = hold();
  const position = await addOne('late');
  const reading = after(position);
  await pause(300);
  expect(listed).toBe(0);
  goOn();
  const { said, ms, headers } = await reading;
  expect(said).toEqual({ items: ['late'], version: 1 });
  expect(headers.get('etag')).toBe('"1.1.service"');
  expect(ms).toBeGreaterThanOrEqual(300);
  expect(ms).toBeLessThan(900);
});

it('says after a second that it may be stale, without a validator; who gave no position is answered at once', async () => {
  const goOn = hold();
  const position = await addOne('missing');
  const { status, said, ms, headers } = await after(position, 'items', { 'if-none-match': '"1.1.service"' });
  expect([status, said]).toEqual([200, { items: [], version: 1, stale: true }]);
  expect(headers.get('etag')).toBeNull();
  expect(ms).toBeGreaterThanOrEqual(1_000);
  expect(ms).toBeLessThan(1_900);
  const plain = await send('GET', 'items');
  expect(plain.said).toEqual({ items: [], version: 1 });
  expect(plain.ms).toBeLessThan(500);
  expect((await after(String(Number(position) - 1))).said).toEqual({ items: [], version: 1 });
  // What is no answer of the read is not marked.
  expect((await after(position, 'items?fails=true')).said).toMatchObject({ code: 'conflicting-state' });
  goOn();
});

it('answers before its time is over, and before its caller’s is', async () => {
  const goOn = hold();
  const position = await addOne('missing');
  const hasty = await after(position, 'hasty');
  expect([hasty.status, hasty.said['stale']]).toEqual([200, true]);
  expect(hasty.ms).toBeLessThan(900);
  // How long it usually takes is the read alone.
  expect(world.edge.operations.get('lists.listHastily')?.pace.medianMs).toBeLessThan(400);
  const pressed = await after(position, 'items', { 'plinth-deadline': '900' });
  expect([pressed.status, pressed.said['stale']]).toEqual([200, true]);
  expect(pressed.ms).toBeLessThan(900);
  goOn();
});

it.each(['', '-1', '1.5', '1e3', '0x10', '7, 8', '9'.repeat(16)])('“%s” is no position, and refused', async (sent) => {
  const { status, said } = await after(sent);
  expect([status, said['code']]).toEqual([400, 'invalid-parameter']);
  expect(said['errors']).toEqual([
    { in: 'header', pointer: '/Plinth-Position', rule: 'pattern', message: expect.stringContaining('1 to 15 digits') },
  ]);
  expect(listed).toBe(0);
});

it('a position beyond all there is, of as many digits as may be, is that of the latest fact', async () => {
  await addOne('one');
  expect((await after('9'.repeat(15))).said).toEqual({ items: ['one'], version: 1 });
});

it('an invocation waits for its position as a request does, and an orchestrating call for what it wrote itself', async () => {
  const position = Number(await addOne('one'));
  const asked = { operation: 'lists.listItems', principal: staff(), input: {} };
  expect(await world.edge.invoke({ ...asked, position })).toMatchObject({ status: 200, body: { items: ['one'] } });
  const refused = await world.edge.invoke({ ...asked, position: -1 });
  expect([refused.status, (refused.body as { code: string }).code]).toEqual([400, 'invalid-parameter']);
  expect((await send('POST', 'together')).said).toEqual({ items: ['one', 'together'], version: 1 });
  const goOn = hold();
  const missing = Number(await addOne('missing'));
  expect((await world.edge.invoke({ ...asked, position: missing })).body).toMatchObject({ stale: true });
  goOn();
});

it('what no reaction keeps cannot be followed', async () => {
  const contract = await notesContract(contractText);
  const handlers = { listItems: read(async () => reply(200, {}), { follows: 'lists.forget' }) };
  const edge = { projections: projectionsOf([{ reactions: [keep] }]) };
  await expect(startTestEdge({ contract, handlers, services: { database }, edge })).rejects.toThrow(
    'lists.forget, which a handler follows, is a reaction with a projection',
  );
});
