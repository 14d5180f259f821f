// S15, made from the contracts: a value of its own stands at each place that a contract marks as personal or secret, sent in
// ways that are taken and in ways that are refused. It comes back at places marked alike and is kept by the capability it
// was sent to; in problems, logs, spans, figures, facts, the audit and kept answers it stands nowhere.

import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import {
  compileBody,
  type Contract,
  declaredMembers,
  follow,
  isObject,
  type JsonObject,
  type Operation,
  type Schema,
} from '@plinth/contract';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { claimsOf, findThings, limitless, type PreparedRequest, preparing, type Things } from './objects.ts';
import { ada, ben, call, openIssuer, type OutsideIssuer, partner, type Said, startWorld, type World } from './world.ts';

/** What every canary begins with: nothing else in the world does. Letters for texts, digits where only those may stand. */
const [letters, digits] = ['kanarienvogel', '467099887'] as const;
const marks = new RegExp(`${letters}\\d{4}|${digits}\\d{4}`, 'g');

/** A contract with every kind of place, fulfilled by the mock: our own have none in parameters, lists and maps. */
const cages = `
openapi: 3.1.0
info: { title: Cages, version: 1.0.0, description: Where birds are kept. }
servers: [{ url: /cages/v1 }]
x-plinth: { capability: cages, owner: { team: test, contact: test@example.org }, audience: [customer] }
security: [{ oidc: [cages.write] }]
paths:
  /cages:
    post:
      operationId: openCage
      summary: Open a cage
      x-plinth: { effect: write, ownerCheck: [] }
      parameters:
        - { name: ring, in: query, schema: { type: string, maxLength: 40 }, x-plinth: { sensitivity: pii } }
        - { name: Bird-Name, in: header, schema: { type: string, maxLength: 40, x-plinth: { sensitivity: secret } } }
      requestBody: { required: true, content: { application/json: { schema: { $ref: '#/components/schemas/Cage' } } } }
      responses:
        '201': { description: Open., content: { application/json: { schema: { $ref: '#/components/schemas/Cage' } } } }
components:
  securitySchemes: { oidc: { type: openIdConnect, openIdConnectUrl: /oidc/.well-known/openid-configuration } }
  schemas:
    Name: { type: string, maxLength: 40, x-plinth: { sensitivity: pii } }
    Cage:
      type: object
      additionalProperties: false
      properties:
        id: { type: string, readOnly: true }
        word: { type: string, maxLength: 40, writeOnly: true, x-plinth: { sensitivity: secret } }
        birds: { type: array, maxItems: 3, uniqueItems: true, items: { $ref: '#/components/schemas/Name' } }
        keeper:
          oneOf:
            - { type: object, additionalProperties: false, required: [person], properties: { person: { $ref: '#/components/schemas/Name' } } }
            - { type: object, additionalProperties: false, required: [house], properties: { house: { type: string, maxLength: 40, x-plinth: { sensitivity: pii } } } }
        home: { type: object, maxProperties: 2, x-plinth: { sensitivity: pii }, properties: { street: { type: string, maxLength: 40 } } }
`;

interface Place {
  contract: Contract;
  operation: Operation;
  /** `body/contact/email`, `query/ring`. */
  at: string;
  schema: Schema;
}

interface Canary {
  /** What is sent. */
  value: unknown;
  /** By which it is known wherever it stands. */
  mark: string;
}

interface Sent {
  way: string;
  operation: Operation;
  contract: Contract;
  said: Said;
}

/** Of the runtime's tables: a read-back until it has ended, and files of forms. Answers kept for repetitions are sealed. */
const declared = new Set(['runtime.confirmation', 'runtime.file', 'runtime.file_chunk']);

const people = { customer: ada, partner };
const lines: string[] = [];
const spans: string[] = [];
const sent: Sent[] = [];
let collector: Server;
let issuer: OutsideIssuer;
let world: World;
let things: Things;
let places: Place[];
/** Mark → the place it was sent to. */
const home = new Map<string, Place>();
/** Table → the marks that stand there. */
let kept: Map<string, Set<string>>;
let figures: string;

function sensitivityOf(document: JsonObject, schema: Schema): unknown {
  return [schema, follow(document, schema)]
    .map((each) => (isObject(each) && isObject(each['x-plinth']) ? each['x-plinth']['sensitivity'] : undefined))
    .find((each) => each === 'pii' || each === 'secret');
}

/** Marked places of a value, outermost first. */
function* marked(document: JsonObject, schema: Schema, at = '', depth = 0): Iterable<{ at: string; schema: Schema }> {
  if (sensitivityOf(document, schema) !== undefined) {
    yield { at, schema };
    return;
  }
  if (depth > 6) return;
  const { properties, items } = declaredMembers(schema, document);
  for (const [name, inner] of properties) yield* marked(document, inner, `${at}/${name}`, depth + 1);
  if (items !== undefined) yield* marked(document, items, `${at}/0`, depth + 1);
}

function bodySchema({ body }: Operation): Schema | undefined {
  return body?.media[0]?.schema;
}

function placesOf(contract: Contract, operation: Operation): Place[] {
  const schema = bodySchema(operation);
  const inBody = schema === undefined ? [] : [...marked(contract.document, schema, 'body')];
  const inHead = operation.params
    .filter((param) => param.policy['sensitivity'] !== undefined || sensitivityOf(contract.document, param.schema))
    .map((param) => ({ at: `${param.in}/${param.name}`, schema: param.schema }));
  const fits = Object.keys(fitting[`${contract.id}.${operation.id}`] ?? {}).map((name) => `body/${name}`);
  // What must name something that is there cannot be a canary.
  return [...inBody, ...inHead]
    .filter(({ at }) => !fits.includes(at))
    .map((place) => ({ contract, operation, ...place }));
}

let last = 0;

/** A value that fits the place, and that no other place has. */
function canaryFor(place: Place): Canary {
  const number = String((last += 1)).padStart(4, '0');
  const word = `${letters}${number}`;
  const { document } = place.contract;
  const isFile = isObject(place.schema) && place.schema['format'] === 'binary';
  if (isFile) {
    home.set(word, place);
    return { value: word, mark: word };
  }
  const reader = compileBody(place.schema, document, { unknown: 'pass', direction: 'request' });
  const found = [
    { value: word, mark: word },
    { value: `${word}@mail.example`, mark: word },
    { value: `+${digits}${number}`, mark: `${digits}${number}` },
    { value: { street: word }, mark: word },
  ].find(({ value }) => reader.check(value));
  if (found === undefined) throw new Error(`no canary fits ${place.operation.id} ${place.at}`);
  home.set(found.mark, place);
  return found;
}

function put(body: unknown, pointer: string, value: unknown): unknown {
  const [name = '', ...rest] = pointer.split('/');
  const inner = rest.length === 0 ? value : put((body as JsonObject | undefined)?.[name], rest.join('/'), value);
  if (name === '0') return [inner];
  return { ...(isObject(body) ? body : {}), [name]: inner };
}

interface Shot {
  /** Of one operation, at least one. */
  places: readonly Place[];
  target: string;
  headers: Record<string, string>;
  body: unknown;
  /** Sent in place of the body. */
  raw?: string;
}

/** Members that must fit what is there. */
let fitting: Readonly<Record<string, JsonObject>>;

function prepared({ contract, operation }: Place, object: 'there' | 'missing' = 'there'): PreparedRequest {
  const made = preparing(contract, things)(operation, object);
  const fits = fitting[`${contract.id}.${operation.id}`];
  return fits === undefined ? made : { ...made, body: { ...(made.body as JsonObject), ...fits } };
}

/** A request of the operation with these values at its marked places. */
function shot(mine: readonly Place[], bare: PreparedRequest, valueAt: (place: Place) => unknown): Shot {
  const url = new URL(bare.target, 'http://x');
  const headers: Record<string, string> = { ...bare.headers };
  let { body } = bare;
  for (const place of mine) {
    const [where, ...rest] = place.at.split('/') as [string, ...string[]];
    const value = valueAt(place);
    if (where === 'body') body = put(body, rest.join('/'), value);
    else if (where === 'query') url.searchParams.set(rest[0] ?? '', String(value));
    else headers[(rest[0] ?? '').toLowerCase()] = String(value);
  }
  return { places: mine, target: url.pathname + url.search, headers, body };
}

/** What of a form is a file is one; of everything else the type is as declared. */
function encoded(
  operation: Operation,
  { headers, body }: Shot,
): { headers: Record<string, string>; body: FormData | string } {
  if (!(operation.body?.media[0]?.type ?? '').includes('multipart')) return { headers, body: JSON.stringify(body) };
  const { 'content-type': _, ...others } = headers;
  const form = new FormData();
  for (const [name, value] of Object.entries(body as JsonObject)) {
    const word = typeof value === 'string' ? value : JSON.stringify(value);
    form.append(name, new Blob([`%PDF-1.4 ${word}`], { type: 'application/pdf' }), `${word}.pdf`);
  }
  return { headers: others, body: form };
}

/** How a value of the right place is wrong. */
const wrong: Readonly<Record<string, (canary: Canary) => unknown>> = {
  'too long': ({ value, mark }) => `${typeof value === 'string' ? value : mark}${mark.repeat(40)}`,
  'in another form': ({ value }) => `${String(value)} x`,
  'in a list': ({ value }) => [value, value],
  'in an object': ({ value, mark }) => ({ [mark]: value, street: 7, more: value, much: value }),
  'in a number': ({ mark }) => Number(`${digits}${mark.slice(-4)}`),
};

async function tokenFor(operation: Operation, more: Record<string, unknown> = {}): Promise<string> {
  const scope = (operation.security ?? []).flatMap((each) => Object.values(each).flat()).join(' ');
  const { audience } = operation.policy;
  const isPartners = audience.includes('partner') && !audience.includes('customer');
  const claims = isPartners ? { sub: 'app_1', kind: 'partner', partner_number: partner } : claimsOf(operation, people);
  return issuer.token({ ...claims, scope, ...more });
}

async function send(way: string, made: Shot, token: string | undefined): Promise<void> {
  const { contract, operation } = made.places[0] as Place;
  const { headers, body } = encoded(operation, made);
  const response = await fetch(world.base + made.target, {
    method: operation.method.toUpperCase(),
    headers: {
      ...headers,
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      'idempotency-key': crypto.randomUUID(),
    },
    body: made.raw ?? body,
  });
  const said = await response.text();
  const isJson = response.headers.get('content-type')?.includes('json') === true;
  const parsed = isJson && said !== '' ? (JSON.parse(said) as JsonObject) : {};
  const answer = {
    status: response.status,
    code: parsed['code'] as string,
    headers: response.headers,
    body: parsed,
    text: said,
  };
  sent.push({ way, operation, contract, said: answer });
}

/** Everything that can be said of one operation's places. */
async function sendAll(mine: readonly Place[]): Promise<void> {
  const [first] = mine as [Place];
  const { operation } = first;
  const there = prepared(first);
  const canaries = new Map(mine.map((place) => [place, canaryFor(place)]));
  const valueAt = (place: Place): unknown => canaries.get(place)?.value;
  const token = await tokenFor(operation);
  // One alternative of several that exclude each other, then the next.
  const apart = mine.filter(({ at }) => !at.startsWith('body/keeper/house'));
  const good = shot(apart, there, valueAt);
  await send('as declared', good, token);
  if (apart.length < mine.length) {
    const others = mine.filter(({ at }) => !at.startsWith('body/keeper/person'));
    await send('as declared', shot(others, there, valueAt), token);
  }
  await send('again', good, token);
  await send('as nobody', good, undefined);
  await send('without a scope', good, await tokenFor(operation, { scope: '' }));
  await send('as somebody else', good, await tokenFor(operation, { customer_number: ben, sub: ben }));
  await send('as software', good, await tokenFor(operation, { act: { sub: 'assistant' } }));
  await send('to nothing', shot(apart, prepared(first, 'missing'), valueAt), token);
  const json = JSON.stringify(good.body) ?? '';
  const raws = {
    cut: json.slice(0, -1),
    twice: `${json} ${json}`,
    poisoned: `{"__proto__":${json}}`,
    large: `${json}${' '.repeat(1_100_000)}`,
  };
  if (bodySchema(operation) !== undefined) {
    for (const [way, raw] of Object.entries(raws)) await send(way, { ...good, raw }, token);
    await send('as text', { ...good, headers: { ...good.headers, 'content-type': 'text/plain' } }, token);
  }
  for (const place of mine)
    for (const [way, change] of Object.entries(wrong)) {
      const bad = change(canaries.get(place) as Canary);
      await send(
        way,
        shot(apart.includes(place) ? apart : [place], there, (each) => (each === place ? bad : valueAt(each))),
        token,
      );
    }
}

async function openCollector(): Promise<string> {
  collector = createServer((request, response) => {
    void text(request).then((body) => (spans.push(body), response.writeHead(200).end()));
  });
  await new Promise<void>((resolve) => collector.listen(0, '127.0.0.1', resolve));
  return `127.0.0.1:${(collector.address() as AddressInfo).port}`;
}

/** Bytes are told in hexadecimal. */
const inHex = new RegExp(
  `${Buffer.from(letters).toString('hex')}(?:3\\d){4}|${Buffer.from(digits).toString('hex')}(?:3\\d){4}`,
  'g',
);

async function tablesWithMarks(): Promise<Map<string, Set<string>>> {
  const { db } = world.database;
  const { rows: tables } = await sql<{ name: string }>`
    select format('%I.%I', table_schema, table_name) as name from information_schema.tables
    where table_type = 'BASE TABLE' and table_schema not in ('pg_catalog', 'information_schema')`.execute(db);
  const found = new Map<string, Set<string>>();
  for (const { name } of tables) {
    const { rows } = await sql<{ row: string }>`select t::text as row from ${sql.raw(name)} as t`.execute(db);
    const all = rows.map(({ row }) => row).join('\n');
    const here = [...marksIn(all), ...(all.match(inHex) ?? []).map((hex) => Buffer.from(hex, 'hex').toString())];
    if (here.length > 0) found.set(name, new Set(here));
  }
  return found;
}

const marksIn = (content: string): Set<string> =>
  new Set((content.match(marks) ?? []).filter((mark) => home.has(mark)));

beforeAll(async () => {
  const host = await openCollector();
  issuer = await openIssuer();
  world = await startWorld({
    issuer,
    env: { LOG_LEVEL: 'debug', OTEL_EXPORTER_OTLP_ENDPOINT: `http://${host}`, PLINTH_ALLOWED_PRIVATE_HOSTS: host },
    platform: { limits: limitless, mostDenied: 1_000_000, logTo: { write: (line) => void lines.push(line) } },
  });
  const folder = path.join(world.platform.config.contractsFolder, 'cages');
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, 'contract.yaml'), cages);
  const { refused } = await world.platform.reload();
  if (refused.length > 0) throw new Error(JSON.stringify(refused));
  things = await findThings(world.platform, people);
  const accounts = await call(world, await issuer.customer(ada, 'accounts.read'), '/accounts/v1/accounts');
  const [, other] = accounts.body['items'] as [unknown, { number: string }];
  const transfer = { toNumber: other.number, amount: { amount: 100, currency: 'EUR' } };
  fitting = {
    'accounts.checkTransfer': transfer,
    'accounts.createTransfer': { ...transfer, expectedFee: 0 },
    'partners.createEndpoint': { appId: things['app']?.id ?? '', url: 'https://hooks.example.org/canary' },
  };
  const operations = world.platform
    .contracts()
    .flatMap((contract) => contract.operations.map((operation) => ({ contract, operation })));
  places = operations.flatMap(({ contract, operation }) => placesOf(contract, operation));
  const byOperation = Map.groupBy(places, ({ contract, operation }) => `${contract.id}.${operation.id}`);
  // Nothing leaves a frozen account: it is frozen last.
  const freezing = byOperation.get('accounts.freezeAccount') ?? [];
  byOperation.delete('accounts.freezeAccount');
  for (const mine of [...byOperation.values(), freezing]) await sendAll(mine);
  // What was kept is read back, by whoever may.
  for (const { contract, operation } of operations.filter((each) => each.operation.policy.effect === 'read')) {
    const { target, headers } = preparing(contract, things)(operation);
    if (operation.method !== 'get') continue;
    const said = await call(world, await tokenFor(operation), target, { headers });
    sent.push({ way: 'read', contract, operation, said });
  }
  await world.platform.settled();
  kept = await tablesWithMarks();
  await breakTables();
  figures = world.platform.metrics.text();
  await world.close();
}, 240_000);
afterAll(async () => {
  await issuer?.close();
  collector?.close();
});

/** From now on every row of a capability that is sent canaries breaks a rule of its table: PostgreSQL quotes it whole. */
async function breakTables(): Promise<void> {
  const { db } = world.database;
  const owners = [...new Set(places.map(({ contract }) => contract.id.split('@')[0]))];
  const { rows } = await sql<{ name: string }>`
    select format('%I.%I', table_schema, table_name) as name from information_schema.tables
    where table_type = 'BASE TABLE' and table_schema in (${sql.join(owners)})`.execute(db);
  for (const { name } of rows)
    await sql`alter table ${sql.raw(name)} add constraint broken check (false) not valid`.execute(db);
  for (const mine of Object.values(Object.groupBy(places, ({ operation }) => operation.id))) {
    const [first] = mine as [Place];
    if (first.contract.id.startsWith('cages')) continue;
    const made = shot(mine as Place[], prepared(first), (place) => canaryFor(place).value);
    await send('into a broken table', made, await tokenFor(first.operation));
  }
}

const nameOf = ({ contract, operation, at }: Place): string => `${contract.id}.${operation.id} ${at}`;

it('each place was sent something that was taken, and something that was refused', () => {
  const taken = new Set(sent.filter(({ said }) => said.status < 300).map(({ operation }) => operation.id));
  const refused = Map.groupBy(
    sent.filter(({ said }) => said.status >= 400),
    ({ operation }) => operation.id,
  );
  expect(
    places
      .filter(({ operation }) => !taken.has(operation.id))
      .map((place) => [nameOf(place), sent.find(({ operation }) => operation === place.operation)?.said.text]),
  ).toEqual([]);
  // Of a read there are fewer ways to be wrong.
  for (const { operation } of places)
    expect(refused.get(operation.id)?.length).toBeGreaterThan(operation.policy.effect === 'read' ? 2 : 8);
  expect(places.length).toBeGreaterThan(15);
  const broken = sent.filter(({ way }) => way === 'into a broken table').map(({ said }) => said.status);
  expect(broken.filter((status) => status === 500).length).toBeGreaterThan(4);
  expect(home.size).toBeGreaterThanOrEqual(places.length);
  process.stderr.write(`canaries: ${places.length} places, ${home.size} canaries, ${sent.length} requests\n`);
});

it('no refusal repeats what was sent', () => {
  const asked = sent.filter(({ said }) => said.code === 'confirmation-required');
  expect(asked.filter(({ said }) => marksIn(said.text).size > 0).length).toBeGreaterThan(0);
  const told = sent
    .filter(({ said }) => said.status >= 400)
    // What software would do is read back in full: it is what the customer says yes to.
    .map((each) => (each.said.code === 'confirmation-required' ? { ...each, said: readBack(each.said) } : each))
    .flatMap(({ way, operation, said }) =>
      [...marksIn(`${said.text} ${JSON.stringify([...said.headers])}`)].map(
        (mark) => `${operation.id} ${way} ${said.status} ${mark}: ${said.text.slice(0, 2700)}`,
      ),
    );
  expect(told).toEqual([]);
});

it('an answer holds them at places marked alike', () => {
  const astray = sent
    .filter(({ said }) => said.status < 300)
    .flatMap(({ contract, operation, said, way }) => {
      const schema = operation.responses.find(({ status }) => status === said.status)?.media[0]?.schema;
      const bare = schema === undefined ? said.body : without(contract.document, schema, said.body);
      return [...marksIn(JSON.stringify(bare))].map(
        (mark) => `${operation.id} ${way}: ${mark} in ${JSON.stringify(bare).slice(0, 400)}`,
      );
    });
  expect(astray).toEqual([]);
});

it('log, spans and figures hold none', () => {
  expect(marksIn(lines.join('\n'))).toEqual(new Set());
  expect(marksIn(spans.join('\n'))).toEqual(new Set());
  expect(marksIn(figures)).toEqual(new Set());
  for (const { operation } of places) {
    expect(lines.join('\n')).toContain(operation.id);
    expect(spans.join('\n')).toContain(operation.id);
    expect(figures).toContain('http_server_request_duration');
  }
});

it('they are kept by whom they were sent to, and by nobody else', () => {
  const elsewhere = [...kept].flatMap(([table, here]) =>
    [...here]
      .filter((mark) => !declared.has(table) && home.get(mark)?.contract.id.split('@')[0] !== table.split('.')[0])
      .map((mark) => `${table}: ${mark} of ${home.has(mark) ? nameOf(home.get(mark) as Place) : 'nobody'}`),
  );
  expect(elsewhere).toEqual([]);
  expect([...kept.keys()]).toContain('customers.customers');
});

/** Without the two members that hold the sentence read back. */
function readBack(said: Said): Said {
  const { detail: _, confirmation, ...rest } = said.body as { detail: string; confirmation: JsonObject };
  const { readback: _sentences, ...others } = confirmation;
  return { ...said, text: JSON.stringify({ ...rest, confirmation: others }) };
}

/** The value without what stands at marked places. */
function without(document: JsonObject, schema: Schema, value: unknown): unknown {
  if (sensitivityOf(document, schema) !== undefined) return undefined;
  const { properties, items } = declaredMembers(schema, document);
  if (Array.isArray(value)) return items === undefined ? value : value.map((item) => without(document, items, item));
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, child]) => [
      name,
      properties.has(name) ? without(document, properties.get(name) as Schema, child) : child,
    ]),
  );
}
