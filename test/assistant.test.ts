// The assistant behind a real edge and a real database: what it does is what the edge lets it do.

import { readFile } from 'node:fs/promises';
import { openPostgres } from '@plinth/adapters/postgres';
import { createAssistant } from '@plinth/capabilities/assistant';
import { type Contract, load } from '@plinth/contract';
import {
  createEventing,
  type Database,
  type Eventing,
  inTransaction,
  migrate,
  newIds,
  newTrace,
  type Principal,
  read,
  reply,
  runtimeMigrations,
  seededRandom,
  serviceBase,
  systemClock,
  write,
} from '@plinth/runtime';
import {
  Authenticator,
  Confirmations,
  createEdge,
  createLogger,
  Metrics,
  type RunningEdge,
} from '@plinth/runtime/pipeline';
import { serverUrl } from '@plinth/testing';
import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

interface Message {
  id: string;
  sequence: number;
  author: string;
  parts: { kind: string; [key: string]: unknown }[];
}
interface ConversationDetail {
  id: string;
  control: string;
  ticketId?: string;
  messages: Message[];
}

const name = `plinth_assistant_${process.pid}`;
let database: Database;
let eventing: Eventing;
let edge: RunningEdge;
let frozen = 0;

const assistant = createAssistant({
  contracts: () => edge.bindings.map(({ contract }) => contract),
  invoke: (call) => edge.invoke(call),
  confirm: (id, customerId) => new Confirmations(database).confirm(id, customerId),
  void: (id, customerId) => new Confirmations(database).void(id, customerId),
});

beforeAll(async () => {
  await admin(`create database ${name}`);
  database = await openPostgres({ url: serverUrl(name) });
  await migrate(database, [runtimeMigrations, { schema: 'assistant', migrations: assistant.migrations }]);
  eventing = await createEventing({
    database,
    databaseUrl: undefined,
    clock: systemClock,
    ids: newIds(systemClock),
    random: seededRandom(1),
    log: { info: () => undefined, warn: () => undefined, error: () => undefined },
    callFor: () => () => Promise.reject(new Error('this test calls nobody')),
    capabilities: [assistant],
  });
  const limits = { take: () => ({ allowed: true, remaining: 9, resetS: 1 }) };
  const logger = createLogger('silent');
  edge = createEdge({
    logger,
    metrics: new Metrics(),
    authenticator: new Authenticator({ issuers: [], limits }),
    limitStore: limits,
    confirmations: new Confirmations(database),
    services: {
      ...eventing.services,
      ids: newIds(systemClock),
      random: seededRandom(1),
      logger,
      settled: eventing.settled,
      beginWrite: eventing.beginWrite,
      committed: eventing.committed,
    },
  });
  const own = await contractOf(`${assistant.folder}/contract.yaml`);
  const cards = await contractOf('cards.yaml', cardsYaml);
  edge.install([
    { contract: own, handlers: assistant.handlers, owners: assistant.owners ?? {} },
    {
      contract: cards,
      handlers: { listCards: read(listCards), freezeCard: write(freezeCard) },
      owners: { card: async (ids) => new Map(ids.map((id) => [id, ['cus_ada']])) },
    },
  ]);
});
afterAll(async () => {
  await eventing.close();
  await database.close();
  await admin(`drop database ${name} with (force)`);
});
beforeEach(() => {
  frozen = 0;
});

const listCards = () =>
  Promise.resolve(reply(200, { items: [{ id: 'crd_1', label: 'Debit 1234', state: 'active' }], next: null }));
const freezeCard = () => {
  frozen++;
  return Promise.resolve(reply(200, { id: 'crd_1', label: 'Debit 1234', state: 'frozen' }));
};

describe('the assistant', () => {
  it('reads a write back, and has one effect although the confirmation is sent twice at once', async () => {
    const talk = await begin();
    const asked = await talk.send({ text: 'please freeze my card' });
    const confirm = partOf(asked, 'confirm');
    expect(confirm).toMatchObject({
      title: 'Freeze a card?',
      readback: [{ label: 'Card', value: 'Debit 1234' }, { value: 'Active' }],
    });
    expect(frozen).toBe(0);
    const press = { confirmation: { id: String(confirm?.['confirmationId']), accept: true } };
    const both = await Promise.all([talk.send(press), talk.send(press)]);
    expect(frozen).toBe(1);
    expect(both.map(textOf).join()).toContain('Done: freeze a card.');
    expect(both.map(textOf).join()).toContain('done already');
  });

  it('does nothing on a no, and a void confirmation is worthless from then on', async () => {
    const talk = await begin();
    const confirm = partOf(await talk.send({ text: 'freeze my card' }), 'confirm');
    await talk.send({ text: 'no' });
    await talk.send({ confirmation: { id: String(confirm?.['confirmationId']), accept: true } });
    expect(frozen).toBe(0);
    expect(await new Confirmations(database).confirm(String(confirm?.['confirmationId']), 'cus_ada')).toBe(false);
  });

  it('stores every message once and without gaps, whatever was repeated', async () => {
    const talk = await begin();
    await Promise.all([talk.send({ text: 'show my cards' }, 'k-same'), talk.send({ text: 'show my cards' }, 'k-same')]);
    const { messages } = await talk.look();
    expect(messages.map(({ author }) => author)).toEqual(['assistant', 'customer', 'assistant']);
    expect(messages.map(({ sequence }) => sequence)).toEqual([1, 2, 3]);
    for (const { sql: query } of assistant.invariants ?? []) expect(await rowsOf(query)).toEqual([]);
  });

  it('passes on with the whole transcript, is silent then, and brings the answer of the ticket once', async () => {
    const talk = await begin();
    await talk.send({ text: 'can you repair my bicycle?' });
    const answer = await talk.send({ text: 'yes' });
    expect(answer.control).toBe('waiting');
    const [told] = await rowsOf(
      `select data from runtime.outbox where type = 'handover.requested' and subject = '${talk.id}'`,
    );
    expect(told?.['data']).toMatchObject({ reason: 'notUnderstood', subject: 'can you repair my bicycle?' });
    expect(JSON.stringify(told?.['data'])).toContain('I am software');
    const silent = await talk.send({ text: 'hello?' });
    expect(silent.messages.map(({ author }) => author)).toEqual(['customer']);
    await tell('ticket.opened', { id: 'tkt_1', number: 'REQ-7', conversationId: talk.id });
    await tell('ticket.replied', {
      ticketId: 'tkt_1',
      entryId: 'ent_1',
      author: 'Mia',
      text: 'We do not, sorry.',
      conversationId: talk.id,
    });
    await tell('ticket.replied', {
      ticketId: 'tkt_1',
      entryId: 'ent_1',
      author: 'Mia',
      text: 'We do not, sorry.',
      conversationId: talk.id,
    });
    const { control, ticketId, messages } = await talk.look();
    expect([control, ticketId]).toEqual(['staff', 'tkt_1']);
    expect(messages.filter(({ id }) => id === 'ent_1')).toMatchObject([{ author: 'staff', name: 'Mia' }]);
    expect(JSON.stringify(messages)).toContain('Your request REQ-7 is open');
    await tell('ticket.resolved', { id: 'tkt_1', number: 'REQ-7', conversationId: talk.id });
    expect((await talk.send({ text: 'show my cards' })).messages.at(-1)?.author).toBe('assistant');
  });

  it('is nobody else’s to read or to continue', async () => {
    const talk = await begin();
    const bob = { ...ada, subject: 'bob', customerId: 'cus_bob' };
    const { status } = await edge.invoke({
      operation: 'assistant.getConversation',
      principal: bob,
      input: { conversationId: talk.id },
    });
    expect(status).toBe(404);
  });
});

const ada: Principal = {
  issuer: 'https://id.test',
  subject: 'ada',
  audience: 'customer',
  customerId: 'cus_ada',
  actor: [],
  scopes: new Set(['*']),
  acr: '',
  authTime: 0,
  channel: 'web',
  name: 'Ada',
  expiresAt: Number.MAX_SAFE_INTEGER,
};

async function admin(text: string): Promise<void> {
  const postgres = await openPostgres({ url: serverUrl() });
  await sql.raw(text).execute(postgres.db);
  await postgres.close();
}

async function rowsOf(text: string): Promise<Record<string, unknown>[]> {
  return (await sql.raw<Record<string, unknown>>(text).execute(database.db)).rows;
}

let keys = 0;

async function invoke<T>(operation: string, input: Record<string, unknown>, key = `k-${keys++}`): Promise<T> {
  const { status, body } = await edge.invoke({ operation, principal: ada, input, idempotencyKey: key });
  if (status >= 300) throw new Error(`${operation}: ${status} ${JSON.stringify(body)}`);
  return body as T;
}

async function begin() {
  const { id } = await invoke<ConversationDetail>('assistant.startConversation', {});
  return {
    id,
    send: (body: object, key?: string) =>
      invoke<{ messages: Message[]; control: string }>('assistant.sendTurn', { conversationId: id, body }, key),
    look: () => invoke<ConversationDetail>('assistant.getConversation', { conversationId: id }),
  };
}

async function tell(type: string, data: object): Promise<void> {
  const { services } = eventing;
  await inTransaction(services, serviceBase(services, { name: 'tickets.test', trace: newTrace() }), async (ctx) => {
    ctx.emit(type as never, { subject: 'tkt_1', customerId: 'cus_ada', data: data as never });
  });
  await eventing.quiet();
}

function partOf({ messages }: { messages: Message[] }, kind: string) {
  return messages.flatMap(({ parts }) => parts).find((part) => part.kind === kind);
}

function textOf({ messages }: { messages: Message[] }): string {
  return JSON.stringify(messages.map(({ parts }) => parts));
}

async function contractOf(path: string, text?: string): Promise<Contract> {
  const { contract, findings } = await load(path, {
    read: (file) => (file === path && text !== undefined ? Promise.resolve(text) : readFile(file, 'utf8')),
  });
  if (contract === undefined) throw new Error(JSON.stringify(findings));
  return contract;
}

const cardsYaml = `
openapi: 3.1.0
info: { title: Cards, version: 1.0.0, description: Payment cards. }
servers: [{ url: /cards/v1 }]
x-plinth: { capability: cards, owner: { team: cards, contact: cards@northfold.example }, audience: [customer, staff, agent] }
paths:
  /cards:
    get:
      operationId: listCards
      summary: See my cards
      security: [{ oidc: [cards.read] }]
      x-plinth: { ownerCheck: { object: card, list: true }, skill: { phrases: [show my cards, which cards do I have] } }
      responses: { '200': { description: Cards., content: { application/json: { schema: { type: object, required: [items, next], properties: { items: { type: array, items: { $ref: '#/components/schemas/Card' } }, next: { type: [string, 'null'] } } } } } } }
  /cards/{cardId}/freeze:
    post:
      operationId: freezeCard
      summary: Freeze a card
      security: [{ oidc: [cards.write] }]
      x-plinth: { effect: write, ownerCheck: { object: card, id: path.cardId, relation: [owner], deny: 404 }, skill: { phrases: [freeze my card, I lost my card] } }
      parameters: [{ name: cardId, in: path, required: true, schema: { type: string, title: Card } }]
      responses: { '200': { description: Frozen., content: { application/json: { schema: { $ref: '#/components/schemas/Card' } } } } }
components:
  securitySchemes: { oidc: { type: openIdConnect, openIdConnectUrl: /oidc/.well-known/openid-configuration } }
  schemas:
    Card:
      type: object
      x-plinth: { resource: { name: card, id: id } }
      required: [id, label, state]
      properties: { id: { type: string }, label: { type: string, title: Name }, state: { type: string, enum: [active, frozen] } }
`;
