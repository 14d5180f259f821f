// What a call leaves behind that goes on after its answer, or whose end is found out late: a canary at each place that the
// contract marks as personal stands in no table as it is, at no time, and its caller reads it all the same.

import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { json } from 'node:stream/consumers';
import { eventually } from '@plinth/testing';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { contract as payouts, events, lookUp, manifestOf, target } from '../upstream-faults/payouts.ts';
import { ada, call, openIssuer, type OutsideIssuer, type Said, startWorld, type World } from './world.ts';

const mark = 'kanarienvogel';
const personal = '{ type: string, maxLength: 60, x-plinth: { sensitivity: pii } }';

const letters = `
openapi: 3.1.0
info: { title: Letters, version: 1.0.0, description: Letters to people. }
servers: [{ url: /letters/v1 }]
x-plinth: { capability: letters, owner: { team: test, contact: test@example.org }, audience: [customer] }
paths:
  /letters:
    post:
      operationId: sendLetter
      summary: Send a letter
      security: [{ oidc: [letters.write] }]
      x-plinth: { effect: write, idempotency: required, async: { mode: always, progress: true, retain: PT1H } }
      requestBody:
        required: true
        content:
          application/json:
            schema: { type: object, required: [to, fails], properties: { to: ${personal}, fails: { type: boolean } } }
      responses:
        '201': { description: Sent., content: { application/json: { schema: { type: object, required: [to], properties: { to: ${personal}, from: ${personal} } } } } }
        '202': { description: Begun. }
components: { securitySchemes: { oidc: { type: openIdConnect, openIdConnectUrl: /oidc/.well-known/openid-configuration } } }
`;
/** It says for whom it works, and goes on when the test lets it. */
const handler = `
export async function sendLetter({ body: { to, fails } }, ctx) {
  while (!globalThis.isLetOn) {
    ctx.progress(0, 1, 'for ' + to);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  if (fails) return { kind: 'problem', code: 'conflicting-state', values: { currentState: to } };
  return { status: 201, body: { to, from: ctx.principal.name } };
}`;

const toPayee = payouts
  .replace(', emits: [payout.made]', '')
  .replace('required: [amount, wish], properties: {', `required: [amount, payee], properties: { payee: ${personal},`)
  .replace('customerId: { type: string }, amount', `customerId: { type: string }, payee: ${personal}, amount`);

let issuer: OutsideIssuer;
let world: World;
let till: Server;
let token: string;
beforeAll(async () => {
  issuer = await openIssuer();
  world = await startWorld({ issuer, env: { PLINTH_SEALING_KEY: 'of this test' } });
  till = openTill();
  till.listen(0, '127.0.0.1');
  await once(till, 'listening');
  drop('letters', { 'contract.yaml': letters, 'handlers/send-letter.ts': handler });
  const manifest = manifestOf(`http://127.0.0.1:${(till.address() as AddressInfo).port}`, lookUp)
    .replace('/customerId: /who,', '/customerId: /who, /payee: /payee,')
    .replace('/wish: /body/wish', '/payee: /body/payee');
  drop('payouts', { 'contract.yaml': toPayee, 'events.yaml': events, 'till.yaml': target, 'upstream.yaml': manifest });
  const { refused } = await world.platform.reload();
  if (refused.length > 0) throw new Error(JSON.stringify(refused));
  token = await issuer.customer(ada, 'letters.write payouts.write payouts.read', { name: `Ada ${mark}` });
});
afterAll(async () => {
  await world?.close();
  till?.closeAllConnections();
  till?.close();
  await issuer?.close();
});

/** Pays out and loses its answer; what it did is found by its reference. */
function openTill(): Server {
  const paid = new Map<string, Record<string, unknown>>();
  return createServer((request, response) => {
    if (request.method === 'POST') {
      void json(request).then((said) => {
        const { ref, ...order } = said as { ref: string };
        paid.set(ref, { ...order, n: 'P1', s: 'P' });
        return request.socket.destroy();
      });
      return;
    }
    const found = paid.get((request.url ?? '').slice('/by/'.length));
    response.writeHead(found ? 200 : 404, { 'content-type': 'application/json' }).end(JSON.stringify(found ?? {}));
  });
}

function drop(name: string, files: Record<string, string>): void {
  const folder = path.join(world.platform.config.contractsFolder, name);
  mkdirSync(path.join(folder, 'handlers'), { recursive: true });
  for (const [file, content] of Object.entries(files)) writeFileSync(path.join(folder, file), content);
}

/** Tables in which it stands as it is, as bytes or as text. */
async function open(): Promise<string[]> {
  const { db } = world.database;
  const { rows: tables } = await sql<{ name: string }>`
    select format('%I.%I', table_schema, table_name) as name from information_schema.tables
    where table_type = 'BASE TABLE' and table_schema not in ('pg_catalog', 'information_schema')`.execute(db);
  const inHex = Buffer.from(mark).toString('hex');
  const inBase64 = Buffer.from(mark).toString('base64').slice(0, 12);
  const found: string[] = [];
  for (const { name } of tables) {
    const { rows } = await sql<{ row: string }>`select t::text as row from ${sql.raw(name)} as t`.execute(db);
    const isHere = rows.some(({ row }) => [mark, inHex, inBase64].some((each) => row.includes(each)));
    if (isHere) found.push(name);
  }
  return found;
}

const letOn = (isLetOn: boolean): void => void Object.assign(globalThis, { isLetOn });

const post = (at: string, key: string, body: unknown, prefer = 'wait=0'): Promise<Said> =>
  call(world, token, at, { method: 'POST', body, headers: { 'idempotency-key': key, prefer } });

const jobOf = async (at: string | null, waitS = 20): Promise<Said['body']> =>
  (await call(world, token, at ?? '', { headers: { prefer: `wait=${waitS}` } })).body;

const inState = (job: string, column: string) =>
  eventually(`${column} of the job is written`, 20_000, async () => {
    const { rows } = await sql<{ is: boolean }>`
      select ${sql.ref(column)} is not null as is from runtime.operation_job where id = ${job.slice('/jobs/'.length)}`.execute(
      world.database.db,
    );
    return rows[0]?.is === true ? true : undefined;
  });

it.each([
  ['succeeds', false, { state: 'succeeded', result: { to: mark, from: `Ada ${mark}` } }],
  ['fails', true, { state: 'failed', problem: { code: 'conflicting-state', currentState: mark } }],
])('a call that goes on and %s: what was asked, how far it is, and what came of it', async (key, fails, end) => {
  letOn(false);
  const job = (await post('/letters/v1/letters', key, { to: mark, fails })).headers.get('location') ?? '';
  await inState(job, 'progress');
  await inState(job, 'call');
  expect(await open()).toEqual([]);
  expect(await jobOf(job, 0)).toMatchObject({ state: 'running', progress: { note: `for ${mark}` } });
  letOn(true);
  expect(await jobOf(job)).toMatchObject(end);
  await inState(job, 'answer');
  expect(await open()).toEqual([]);
  expect((await post('/letters/v1/letters', key, { to: mark, fails }, 'wait=1')).text).toContain(mark);
});

it('a call whose answer was lost: what was asked, and what the look-up found', async () => {
  const pay = () => post('/payouts/v1/payouts', 'lost', { amount: 700, payee: mark });
  const lost = await pay();
  expect(lost).toMatchObject({ status: 504, code: 'outcome-unknown' });
  expect(await open()).toEqual([]);
  const at = /<(.*)>/.exec(lost.headers.get('link') ?? '')?.[1] ?? '';
  expect(await jobOf(at)).toMatchObject({ state: 'succeeded', result: { payee: mark, amount: 700 } });
  expect(await open()).toEqual([]);
  const again = await pay();
  expect(again).toMatchObject({ status: 201, body: { payee: mark } });
  expect(again.headers.get('idempotent-replayed')).toBe('true');
});
