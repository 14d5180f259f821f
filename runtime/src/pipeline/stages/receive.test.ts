// Messages of another system over HTTP, kept in a real database and acted on by a reaction.

import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { createConsumers, type Consumers } from '../../events/consumers.ts';
import { createRelay, type Relay } from '../../events/relay.ts';
import { elapsedMs, movableClock, newIds } from '../../kernel/index.ts';
import { newWebhookKeyPair } from '../../security/webhook-keys.ts';
import { newWebhookSecret, signatureHeaders } from '../../security/webhook-signature.ts';
import { openTestDatabase, type TestDatabase } from '../../store/test-database.ts';
import { silent, testServices, type TestServices } from '../../test-services.ts';
import { beginWrite } from '../../work.ts';
import { notesContract, startTestEdge, type TestEdge } from '../test-edge.ts';

const secret = newWebhookSecret();
/** Live secrets of the receiver. */
let secrets: string[];
/** Those of `other-notices`. */
let others: string[];
let database: TestDatabase;
let services: TestServices;
let relay: Relay;
let consumers: Consumers;
let world: TestEdge;
let acted: string[];

beforeAll(async () => {
  database = await openTestDatabase();
  services = testServices(database);
  services.clock = movableClock(Temporal.Now.instant());
  services.ids = newIds(services.clock);
  relay = await createRelay({ database, log: silent });
  services.committed = () => relay.poke();
  consumers = await createConsumers({
    services,
    relay,
    reactions: [
      {
        name: 'purses.on-notified',
        on: ['purse.notified'] as never,
        run: async ({ data }) => void acted.push((data as { type: string }).type),
      },
    ],
  });
  const contract = await notesContract(pursesYaml);
  contract.events.push({ type: 'purse.notified', when: '', data: true });
  world = await startTestEdge({
    contract,
    services: {
      database,
      clock: services.clock,
      ids: services.ids,
      beginWrite: (base, tx) => beginWrite(services, base, tx),
      committed: services.committed,
    },
    edge: { webhookSecrets: (ref) => (ref === 'purse-provider' ? secrets : others) },
  });
});
afterAll(async () => {
  await consumers.close();
  await relay.close();
  await world.close();
  await database.close();
});
beforeEach(async () => {
  await database.rows('truncate runtime.webhook_inbox');
  acted = [];
  [secrets, others] = [[secret], []];
});

async function send(
  id: string,
  body: string,
  {
    by = [secret],
    agoS = 0,
    change = {},
    to = '/notices',
  }: { by?: string[]; agoS?: number; change?: Record<string, string>; to?: string } = {},
): Promise<[status: number, code: string]> {
  const seconds = Math.floor(services.clock.now().epochMilliseconds / 1000) - agoS;
  const headers = { 'content-type': 'application/json', ...signatureHeaders(by, { id, seconds, body }), ...change };
  const response = await fetch(`${world.url}/purses/v1${to}`, { method: 'POST', headers, body });
  const text = await response.text();
  return [response.status, text === '' ? '' : (JSON.parse(text) as { code: string }).code];
}

const inbox = async (): Promise<unknown[]> =>
  (await database.rows('select message_id, state, repeats, body from runtime.webhook_inbox order by message_id')).map(
    ({ message_id: id, state, repeats, body }) => [id, state, repeats, (body as Buffer).toString()],
  );

it('a message is kept and answered at once, and acted on once however often it comes', async () => {
  const body = '{"type":"paid" , "amount":7}';
  const startedMs = elapsedMs();
  expect(await send('msg_1', body)).toEqual([202, '']);
  expect(elapsedMs() - startedMs).toBeLessThan(1000);
  const twins = await Promise.all(Array.from({ length: 20 }, () => send('msg_1', body)));
  expect(new Set(twins.map(String))).toEqual(new Set(['202,']));
  await consumers.settled();
  expect(acted).toEqual(['paid']);
  // As it came, byte by byte.
  expect(await inbox()).toEqual([['msg_1', 'taken', 20, body]]);
});

it('the same id from another source is another message', async () => {
  const other = newWebhookSecret();
  const sendOther = (by: string[]) => send('msg_1', '{"type":"theirs"}', { to: '/other-notices', by });
  expect(await send('msg_1', '{"type":"ours"}')).toEqual([202, '']);
  // Without a secret of its own nothing of it can be believed.
  expect(await sendOther([secret])).toEqual([503, 'dependency-unavailable']);
  others = [other];
  expect(await sendOther([secret])).toEqual([401, 'signature-invalid']);
  expect(await sendOther([other])).toEqual([202, '']);
  await consumers.settled();
  expect(acted.toSorted()).toEqual(['ours', 'theirs']);
  const rows = await database.rows('select source, repeats from runtime.webhook_inbox order by source');
  expect(rows).toEqual([
    { source: 'purses.hearOther', repeats: 0 },
    { source: 'purses.hearPurse', repeats: 0 },
  ]);
});

it('messages that race are one effect each', async () => {
  const ids = Array.from({ length: 20 }, (_, n) => `msg_race${n}`);
  await Promise.all(ids.flatMap((id) => Array.from({ length: 5 }, () => send(id, `{"type":"${id}"}`))));
  await consumers.settled();
  expect(acted.toSorted()).toEqual(ids.toSorted());
});

it('what the contract does not know is kept and refused to nobody', async () => {
  expect(await send('msg_a', '{"type":7}')).toEqual([202, '']);
  expect(await send('msg_b', 'no json')).toEqual([202, '']);
  expect(await send('msg_c', '{"type":"new-kind","more":{"a":1}}')).toEqual([202, '']);
  await consumers.settled();
  expect(acted).toEqual(['new-kind']);
  expect((await inbox()).map((row) => (row as unknown[]).slice(0, 2))).toEqual([
    ['msg_a', 'unknown'],
    ['msg_b', 'unknown'],
    ['msg_c', 'taken'],
  ]);
  expect(world.metrics.text()).toContain('result="unknown"');
});

it.each([
  ['a changed byte', () => send('msg_x', '{"type":"paid"}', { change: { 'webhook-id': 'msg_y' } })],
  ['a wrong secret', () => send('msg_x', '{"type":"paid"}', { by: [newWebhookSecret()] })],
  ['a replay after five minutes', () => send('msg_x', '{"type":"paid"}', { agoS: 301 })],
  ['no signature', () => send('msg_x', '{"type":"paid"}', { change: { 'webhook-signature': '' } })],
  [
    'an oversized signature',
    () => send('msg_x', '{"type":"paid"}', { change: { 'webhook-signature': 'v1,A '.repeat(200) } }),
  ],
])('%s is refused, and nothing is kept', async (_, sent) => {
  expect(await sent()).toEqual([401, 'signature-invalid']);
  expect(await inbox()).toEqual([]);
});

it('nothing is lost while secrets change over', async () => {
  const fresh = newWebhookSecret();
  const refused: unknown[] = [];
  const note = async (id: string, by: string[]): Promise<void> => {
    const answer = await send(id, '{"type":"paid"}', { by });
    if (answer[0] !== 202) refused.push([id, answer]);
  };
  await note('msg_1', [secret]);
  secrets = [fresh, secret];
  await note('msg_2', [secret]);
  await note('msg_3', [fresh, secret]);
  await note('msg_4', [fresh]);
  secrets = [fresh];
  await note('msg_5', [fresh]);
  expect(refused).toEqual([]);
  expect(await send('msg_6', '{"type":"paid"}', { by: [secret] })).toEqual([401, 'signature-invalid']);
  expect(await inbox()).toHaveLength(5);
});

it('a public key believes its sender, beside a secret of before, and nobody who has the public key alone', async () => {
  const { privateKey, publicKey } = newWebhookKeyPair();
  const known = `whsec_${publicKey.slice('whpk_'.length)}`;
  secrets = [publicKey];
  expect(await send('msg_1', '{"type":"paid"}', { by: [privateKey] })).toEqual([202, '']);
  expect(await send('msg_2', '{"type":"paid"}', { by: [known] })).toEqual([401, 'signature-invalid']);
  expect(await send('msg_2', '{"type":"paid"}', { by: [secret] })).toEqual([401, 'signature-invalid']);
  secrets = [publicKey, secret];
  expect(await send('msg_2', '{"type":"paid"}', { by: [secret] })).toEqual([202, '']);
  expect(await send('msg_3', '{"type":"paid"}', { by: [known] })).toEqual([401, 'signature-invalid']);
  // What the sender alone should have is no key to check with: nothing is believed, and nothing lost.
  secrets = [privateKey];
  expect(await send('msg_3', '{"type":"paid"}', { by: [privateKey] })).toEqual([503, 'dependency-unavailable']);
  expect(await inbox()).toHaveLength(2);
});

it('nobody receives by a call from inside', async () => {
  const answer = await world.edge.invoke({
    operation: 'purses.hearPurse',
    principal: { ...(await import('../test-edge.ts')).staff() },
    input: { body: { type: 'paid' } },
  });
  expect([answer.status, (answer.body as { code: string }).code]).toEqual([401, 'signature-invalid']);
});

const bad = (change: (text: string) => string) => notesContract(change(pursesYaml));

it.each([
  ['asks for a credential', (text: string) => text.replace('security: []', 'security: [{ oidc: [a] }]')],
  ['asks for a key', (text: string) => text.replace('idempotency: none', 'idempotency: required')],
  ['hands its message to nobody', (text: string) => text.replace('emits: [purse.notified]', 'emits: []')],
  ['answers 202', (text: string) => text.replace("'202'", "'200'")],
])('a receiver that %s is not installed', async (says, change) => {
  const contract = await bad(change);
  contract.events.push({ type: 'purse.notified', when: '', data: true });
  expect(() => world.edge.install([{ contract, handlers: {}, owners: {} }])).toThrow(says);
});

const receiver = (id: string, ref: string): string => `
    post:
      operationId: ${id}
      summary: Hear of a purse
      security: []
      x-plinth: { effect: write, idempotency: none, audience: [service], emits: [purse.notified], webhookIn: { scheme: standard, secretRef: ${ref} } }
      requestBody:
        required: true
        content: { application/json: { schema: { type: object, required: [type], additionalProperties: true, properties: { type: { type: string } } } } }
      responses: { '202': { description: Kept. } }`;

const pursesYaml = `
openapi: 3.1.0
info: { title: Purses, version: 1.0.0, description: Purses. }
servers: [{ url: /purses/v1 }]
x-plinth: { capability: purses, owner: { team: test, contact: test@example.org }, audience: [customer] }
paths:
  /notices:${receiver('hearPurse', 'purse-provider')}
  /other-notices:${receiver('hearOther', 'other-provider')}
components:
  securitySchemes: { oidc: { type: openIdConnect, openIdConnectUrl: /oidc/.well-known/openid-configuration } }
`;
