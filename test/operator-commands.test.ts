// Commands by which somebody of the house acts on a running platform: doubts about other systems, credentials that end,
// leaves of applications. Each in a process of its own on the platform's database, with the exit code of each end.

import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { eventually } from '@plinth/testing';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  ada,
  call,
  openIssuer,
  type OutsideIssuer,
  partner,
  type Said,
  startWorld,
  type World,
} from './security/world.ts';
import { contract, events, manifestOf, openTill, target, type Till, type Wish } from './upstream-faults/payouts.ts';

/** What is asked of other systems is sealed with it, and the commands open it. */
const sealingKey = 'of this test';
const main = path.resolve(import.meta.dirname, '../server/src/main.ts');

let issuer: OutsideIssuer;
let world: World;
let till: Till;
let customer: string;

beforeAll(async () => {
  issuer = await openIssuer();
  world = await startWorld({ issuer, env: { PLINTH_SEALING_KEY: sealingKey } });
  till = openTill();
  const url = await listening(till.server);
  drop('payouts', {
    'contract.yaml': contract,
    'events.yaml': events,
    'till.yaml': target,
    'upstream.yaml': manifestOf(url, 'none'),
  });
  drop('rates', { 'contract.yaml': rates });
  const { refused } = await world.platform.reload();
  if (refused.length > 0) throw new Error(JSON.stringify(refused));
  customer = await issuer.customer('cus_a', 'payouts.read payouts.write');
});
afterAll(async () => {
  await world?.close();
  till?.server.closeAllConnections();
  till?.server.close();
  await issuer?.close();
});

const rates = `openapi: 3.1.0
info: { title: Rates, version: 1.0.0, description: Rates of the day. }
x-plinth: { stage: stable, capability: rates, owner: { team: money, contact: money@northfold.example }, audience: [partner] }
tags: [{ name: Rates }]
paths:
  /rates:
    get:
      operationId: getRates
      tags: [Rates]
      summary: See rates
      security: [{ oidc: [rates.read] }]
      x-plinth: { stage: preview }
      responses: { '200': { description: Rates., content: { application/json: { schema: { type: object } } } } }
components: { securitySchemes: { oidc: { type: openIdConnect, openIdConnectUrl: /oidc } } }
`;

describe('plinth reactions', () => {
  beforeAll(async () => {
    await sql`
      insert into runtime.consumer (name, position, updated_at)
      values ('things.gone', -2, now() - interval '8 days'), ('things.away', -2, now() - interval '6 days')`.execute(
      world.database.db,
    );
    await sql`
      insert into runtime.held_event (consumer, event_id, subject, position, event, attempt)
      values ('things.gone', gen_random_uuid(), 's', 1, '{}', 3)`.execute(world.database.db);
  });
  afterAll(() => sql`delete from runtime.consumer where name like 'things.%'`.execute(world.database.db));

  it.each([
    ['forget things.never', 'There is no reaction things.never'],
    ['forget things.away', 'A process had things.away within the last seven days'],
    ['forget partners.deliver-facts', 'partners.deliver-facts is a reaction of this version'],
    ['forget', 'missing required argument'],
  ])('%s ends with 2 and says why', async (line, why) => {
    const said = await plinth('reactions', ...line.split(' '));
    expect([said.code, said.out]).toEqual([2, '']);
    expect(said.err).toContain(why);
  });

  it('names the one that no process has, and forgets it', async () => {
    const listed = await plinth('reactions');
    expect(listed.code).toBe(1);
    expect(listed.err).toMatch(/^\d+ reactions, 1 that no process has\n$/);
    const [line] = listed.out.split('\n').filter((each) => each.includes('no process has it'));
    expect(line).toMatch(
      /^things\.gone {2}\d+ behind {2}claimed \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ {2}no process has it$/,
    );
    expect(await plinth('reactions', 'forget', 'things.gone')).toMatchObject({
      code: 0,
      out: '',
      err: expect.stringMatching(/^things\.gone is forgotten, with 1 held events and 0 dead letters/) as string,
    });
    const again = await plinth('reactions', '--json');
    expect(again.code).toBe(0);
    const left = again.out
      .trim()
      .split('\n')
      .map((each) => JSON.parse(each) as { name: string; isOrphaned: boolean });
    expect(left.map(({ name }) => name)).toContain('things.away');
    expect(left.filter(({ name, isOrphaned }) => isOrphaned || name === 'things.gone')).toEqual([]);
  });
});

describe('plinth doubts', () => {
  it('lists nothing, and ends with 0, when nothing is in doubt', async () => {
    expect(await plinth('doubts')).toEqual({ code: 0, out: '', err: '0 doubts\n' });
  });

  it.each([
    ['settle job_1 --reason x', 2, 'It must be said what was found'],
    ['settle job_1 --done --not-done --reason x', 2, 'It must be said what was found'],
    ['settle job_1 --done', 2, 'A reason is missing'],
    ['settle job_1 --not-done --reason x --answer y.json', 2, 'What was not done has no answer'],
    ['settle job_1 --not-done --reason x', 3, 'There is no open doubt job_1'],
    ['show job_1', 3, 'There is no open doubt job_1'],
    ['show', 2, 'missing required argument'],
  ])('%s ends with %i and says why', async (line, code, why) => {
    const said = await plinth('doubts', ...line.split(' '));
    expect([said.code, said.out]).toEqual([code, '']);
    expect(said.err).toContain(why);
  });

  it('settles one as done: key, monitor and facts as if the answer had come, the reason in the audit', async () => {
    const job = await inDoubt('took');
    const listed = await plinth('doubts', '--json');
    expect(listed.code).toBe(1);
    expect(JSON.parse(listed.out)).toMatchObject({
      job,
      upstream: 'till',
      operation: 'payouts.payOut',
      customerId: 'cus_a',
    });
    expect((await plinth('doubts')).out).toContain(`${job}  payouts.payOut  at till as `);
    const shown = JSON.parse((await plinth('doubts', 'show', job)).out) as { reference: string; input: unknown };
    expect(shown.input).toMatchObject({ body: { amount: 700, wish: 'act-and-reset' } });
    expect([...till.effects.keys()]).toContain(shown.reference);

    const settle = ['doubts', 'settle', job, '--done', '--reason', 'the till roll has it'];
    expect(await plinth(...settle)).toMatchObject({ code: 2, err: expect.stringContaining('--answer') as string });
    const answer = file('answer.json', '{"id":"pyt_1","customerId":"cus_a","amount":"700","state":"paid"}');
    expect(await plinth(...settle, '--answer', answer)).toMatchObject({
      code: 3,
      err: expect.stringContaining('/amount') as string,
    });
    expect(await plinth(...settle, '--answer', file('odd.json', '{'))).toMatchObject({ code: 3 });
    expect(await plinth(...settle, '--answer', '/nowhere.json')).toMatchObject({ code: 3 });
    file('answer.json', '{"id":"pyt_1","customerId":"cus_a","amount":700,"state":"paid"}');
    expect(await plinth(...settle, '--answer', answer)).toEqual({
      code: 0,
      out: '',
      err: `${job} is settled as done\n`,
    });

    const again = await pay('act-and-reset', 'took');
    expect(again).toMatchObject({ status: 201, body: { id: 'pyt_1', amount: 700 } });
    expect(again.headers.get('idempotent-replayed')).toBe('true');
    expect((await call(world, customer, `/jobs/${job}`)).body).toMatchObject({
      state: 'succeeded',
      result: { id: 'pyt_1' },
    });
    expect(await plinth(...settle, '--answer', answer)).toMatchObject({ code: 3 });
    expect((await plinth('doubts')).code).toBe(0);
    const { rows } = await sql<{ type: string; data: unknown }>`
      select o.type, o.data from runtime.audit a join runtime.outbox o on o.event_id = any(a.event_ids)
      where a.operation = 'upstream.settleDoubt' and a.audience = 'staff' and a.issuer = 'machine'
        and a.customer_id = 'cus_a' order by o.ordinal`.execute(world.database.db);
    expect(rows).toMatchObject([
      { type: 'doubt.settled', data: { outcome: 'done', reason: 'the till roll has it', reference: shown.reference } },
      { type: 'payout.made', data: { id: 'pyt_1' } },
    ]);
    await eventually('the row is sealed', 10_000, async () => {
      const sealed = await sql`
        select 1 from runtime.audit_seal s join runtime.audit a on a.id = s.audit_id
        where a.operation = 'upstream.settleDoubt' and s.object = ${job} and s.after_digest is not null`.execute(
        world.database.db,
      );
      return sealed.rows.length === 1 ? true : undefined;
    });
  });

  it('settles one as not done: the monitor has failed, and the same key may be used again', async () => {
    const job = await inDoubt('lost', 'reset');
    // What was asked, from which the facts of a success are made, opens to nobody with another key.
    const shown = JSON.parse((await plinthWith({}, 'doubts', 'show', job)).out) as Record<string, unknown>;
    expect([shown['isLost'], shown['input'], shown['operation']]).toEqual([true, undefined, 'payouts.payOut']);
    const done = await plinthWith({}, 'doubts', 'settle', job, '--done', '--reason', 'x', '--answer', 'y.json');
    expect([done.code, done.err]).toEqual([3, expect.stringContaining('another key') as string]);
    const said = await plinth('doubts', 'settle', job, '--not-done', '--reason', 'the till was off');
    expect(said).toEqual({ code: 0, out: '', err: `${job} is settled as not done; its key is free again\n` });
    expect((await call(world, customer, `/jobs/${job}`)).body).toMatchObject({
      state: 'failed',
      problem: { code: 'upstream-failed' },
    });
    expect((await pay('ok', 'lost')).status).toBe(201);
    expect((await plinth('doubts')).code).toBe(0);
  });
});

it('plinth audit checkpoints prints each that was signed, to be kept elsewhere', async () => {
  const { db } = world.database;
  const kept = await eventually('there is one', 10_000, async () => {
    const { rows } = await sql<{ seq: string; hash: string; signature: string }>`
      select seq::text as seq, encode(hash, 'hex') as hash, translate(encode(signature, 'base64'), E'\\n', '') as signature
      from runtime.audit_checkpoint order by seq`.execute(db);
    return rows.length > 0 ? rows : undefined;
  });
  const { code, out } = await plinth('audit', 'checkpoints');
  const lines = out.trimEnd().split('\n');
  expect([code, lines.slice(0, kept.length).map((line) => JSON.parse(line) as unknown)]).toEqual([
    0,
    kept.map((checkpoint) => expect.objectContaining(checkpoint) as unknown),
  ]);
});

describe('plinth revoke', () => {
  it.each([
    ['revoke', 2, 'missing required argument'],
    ['revoke ada', 2, 'ada names nothing that can be shut out'],
    ['revoke sub:ada', 2, 'names nothing that can be shut out'],
    ['revoke jti:', 2, 'names nothing that can be shut out'],
  ])('%s ends with %i and says why', async (line, code, why) => {
    const said = await plinth(...line.split(' '));
    expect([said.code, said.out]).toEqual([code, '']);
    expect(said.err).toContain(why);
  });

  it.each([
    ['a token', 'jti:j1', 'for a day', 'invalid-token'],
    ['a session', 'sid:s1', 'for a day', 'invalid-token'],
    ['an application', 'app:app_1', 'until you let it in (--restore)', 'partner-suspended'],
    ['a customer', `cus:${ada}`, 'until you let it in (--restore)', 'invalid-token'],
    [
      'a person',
      (): string => `sub:${issuer.issuer}|person of ${ada}`.replaceAll(' ', '_'),
      'until you let it in (--restore)',
      'invalid-token',
    ],
  ])('shuts out %s within a second of its end, and lets it in again', async (_, what, howLong, code) => {
    const name = typeof what === 'string' ? what : what();
    const sub = `person of ${ada}`.replaceAll(' ', '_');
    const token = await issuer.customer(ada, 'customers.read', { sub, jti: 'j1', sid: 's1', azp: 'app_1' });
    const ask = (): Promise<Said> => call(world, token, '/customers/v1/customers/me');
    expect((await ask()).status).toBe(200);
    expect(await plinth('revoke', name)).toEqual({ code: 0, out: '', err: `${name} is shut out ${howLong}\n` });
    await eventually('it is refused', 1_000, async () => ((await ask()).code === code ? true : undefined));
    expect((await ask()).status).toBe(code === 'invalid-token' ? 401 : 403);
    expect(await plinth('revoke', name, '--restore')).toMatchObject({ code: 0, err: `${name} is let in again\n` });
    await eventually('it is let in', 2_000, async () => ((await ask()).status === 200 ? true : undefined));
  });
});

describe('plinth leave', () => {
  it.each([
    ['leave preview app_2 rates.getRates', 2, '--until'],
    ['leave holiday app_2 rates.getRates --until 2030-01-01', 2, 'There is no leave "holiday"'],
    ['leave preview app_2 rates --until 2030-01-01', 2, '"rates" is no operation'],
    ['leave preview app_2 rates.getRates --until soon', 2, '"soon" is no day'],
    ['leave preview --until 2030-01-01', 2, 'missing required argument'],
  ])('%s ends with %i and says why', async (line, code, why) => {
    const said = await plinth(...line.split(' '));
    expect([said.code, said.out]).toEqual([code, '']);
    expect(said.err).toContain(why);
  });

  it('opens a preview to one application until the end of a day, and a day that is over closes it', async () => {
    const [with2, with3] = [await tokenOf('app_2'), await tokenOf('app_3')];
    expect([await rated(with2), await rated(with3)]).toEqual([403, 403]);
    expect(await plinth('leave', 'preview', 'app_2', 'rates.getRates', '--until', '2099-12-31')).toEqual({
      code: 0,
      out: '',
      err: 'app_2 may use rates.getRates (preview) until the end of 2099-12-31\n',
    });
    await eventually('it is open', 10_000, async () => ((await rated(with2)) === 200 ? true : undefined));
    expect(await rated(with3)).toBe(403);
    expect((await plinth('leave', 'preview', 'app_2', 'rates.getRates', '--until', '2020-01-01')).code).toBe(0);
    await eventually('it is closed', 10_000, async () => ((await rated(with2)) === 403 ? true : undefined));
  });
});

describe('without a database that answers', () => {
  it.each([['doubts'], ['revoke jti:1'], ['leave preview app_2 rates.getRates --until 2030-01-01']])(
    '%s ends with 4',
    async (line) => {
      const said = await run(line.split(' '), { DATABASE_URL: 'postgresql://nobody@127.0.0.1:1/none' });
      expect([said.code, said.out]).toEqual([4, '']);
      expect(said.err).toContain('The given PostgreSQL does not answer');
    },
  );
});

/** On the database and data folder of the platform, with its key. */
function plinth(...words: string[]): Promise<Ran> {
  return plinthWith({ PLINTH_SEALING_KEY: sealingKey }, ...words);
}

function plinthWith(env: Record<string, string>, ...words: string[]): Promise<Ran> {
  const { dataFolder: data, contractsFolder: contracts } = world.platform.config;
  return run(words, { DATABASE_URL: world.database.url, PLINTH_DATA: data, PLINTH_CONTRACTS: contracts, ...env });
}

interface Ran {
  code: number;
  out: string;
  err: string;
}

function run(words: readonly string[], env: Record<string, string>): Promise<Ran> {
  const { PATH, HOME, NODE_COMPILE_CACHE } = process.env;
  const given = { PATH, HOME, NODE_COMPILE_CACHE, NO_COLOR: '1', ...env };
  return new Promise((resolve) => {
    execFile(process.execPath, [main, ...words], { env: given, timeout: 30_000 }, (error, out, err) => {
      resolve({ code: error === null ? 0 : Number(error.code ?? -1), out, err });
    });
  });
}

function pay(wish: Wish, key: string): Promise<Said> {
  return call(world, customer, '/payouts/v1/payouts', {
    method: 'POST',
    body: { amount: 700, wish },
    headers: { 'idempotency-key': key },
  });
}

/** A payout that nobody knows the end of; gives the id of its monitor. */
async function inDoubt(key: string, wish: Wish = 'act-and-reset'): Promise<string> {
  const first = await pay(wish, key);
  expect(first).toMatchObject({ status: 504, code: 'outcome-unknown' });
  return String(first.body['job']);
}

function drop(name: string, files: Readonly<Record<string, string>>): void {
  const home = path.join(world.platform.config.contractsFolder, name);
  mkdirSync(home, { recursive: true });
  for (const [each, text] of Object.entries(files)) writeFileSync(path.join(home, each), text);
}

function file(name: string, text: string): string {
  const place = path.join(world.platform.config.dataFolder, name);
  writeFileSync(place, text);
  return place;
}

async function listening(server: Server): Promise<string> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const rated = async (who: string): Promise<number> => (await call(world, who, '/rates/v1/rates')).status;

const tokenOf = (azp: string): Promise<string> =>
  issuer.token({ sub: azp, kind: 'partner', partner_number: partner, azp, scope: 'rates.read' });
