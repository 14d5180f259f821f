// What is refused before a call is made, each with its place: maps that are not total, parameters nobody fills, promises
// that cannot be kept.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Contract } from '@plinth/contract';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadFile } from '../read.ts';
import { readManifest } from './read.ts';

const ours = `openapi: 3.1.0
info: { title: Things, version: 1.0.0 }
x-plinth: { capability: things, owner: { team: a, contact: a@b.example }, audience: [customer] }
paths:
  /things:
    get:
      operationId: listThings
      security: [{ oidc: [t.read] }]
      x-plinth: { ownerCheck: { object: thing, list: true } }
      responses: { '200': { description: ok, content: { application/json: { schema: { type: object } } } } }
  /things/{id}:
    parameters: [{ name: id, in: path, required: true, schema: { type: string } }]
    get:
      operationId: getThing
      security: [{ oidc: [t.read] }]
      x-plinth: { ownerCheck: { object: thing, id: path.id } }
      responses: { '200': { description: ok, content: { application/json: { schema: { $ref: '#/components/schemas/Thing' } } } } }
    put:
      operationId: moveThing
      security: [{ oidc: [t.write] }]
      x-plinth: { effect: write, precondition: required, ownerCheck: { object: thing, id: path.id }, emits: [thing.moved, thing.new, thing.old] }
      responses: { '200': { description: ok, content: { application/json: { schema: { type: object } } } } }
  /notices:
    post:
      operationId: hearThing
      security: []
      x-plinth: { effect: write, idempotency: none, emits: [thing.told], webhookIn: { scheme: standard, secretRef: dinge } }
      requestBody: { required: true, content: { application/json: { schema: { type: object } } } }
      responses: { '202': { description: ok } }
components:
  securitySchemes: { oidc: { type: openIdConnect, openIdConnectUrl: /oidc } }
  schemas:
    State: { type: string, enum: [new, old] }
    Free: { type: string }
    Thing:
      type: object
      x-plinth: { states: { property: state, initial: new, final: [old], moves: [{ name: age, from: [new], to: old, by: moveThing }] } }
      properties: { id: { type: string }, state: { $ref: '#/components/schemas/State' }, colour: { type: string } }
`;
const theirs = `openapi: 3.1.0
info: { title: Dinge, version: '1' }
paths:
  /d:
    get:
      operationId: alle
      parameters: [{ name: wem, in: query, schema: { type: string } }]
      responses: { '200': { description: ok } }
    post:
      operationId: neu
      requestBody: { required: true, content: { application/json: { schema: { type: object } } } }
      responses: { '201': { description: ok } }
  /d/{nr}:
    parameters: [{ name: nr, in: path, required: true, schema: { type: string } }]
    get:
      operationId: eins
      responses:
        '200': { description: ok }
        '404': { description: no, content: { application/json: { schema: { $ref: '#/components/schemas/F' } } } }
    put:
      operationId: setze
      parameters: [{ name: If-Match, in: header, schema: { type: string } }]
      responses: { '200': { description: ok } }
    delete: { operationId: weg, responses: { '204': { description: gone } } }
components:
  schemas:
    Z: { type: string, enum: [NEU, ALT, WEG] }
    F: { type: object, properties: { code: { type: string, enum: [A, B] } } }
`;
const events = `events:
  thing.moved: { when: It is elsewhere., data: { allOf: [{ $ref: '#/components/schemas/Told' }, { required: [state] }] } }
  thing.new: { when: It is new., data: { $ref: '#/components/schemas/Told' } }
  thing.old: { when: It is old., data: { $ref: '#/components/schemas/Told' } }
  thing.told: { when: They said something., data: { type: object } }
components: { schemas: { Told: { type: object, required: [id] } } }
`;
const head = 'upstream: dinge\ncontract: things@1\ntarget: dinge.yaml\nbaseUrl: http://127.0.0.1:1\n';
const good = `${head}
errorCode: /code
errors: [{ status: 404, code: A, problem: not-found }, { status: 404, code: B, problem: conflicting-state }]
states: { s: { ours: '#/components/schemas/State', theirs: '#/components/schemas/Z', in: { NEU: new, ALT: old, WEG: old }, out: { new: NEU, old: ALT } }, open: { ours: '#/components/schemas/State', in: { NEU: new } } }
ids: { thing: { prefix: thg, owner: /wem } }
shapes: { thing: { /id: { from: /nr, id: thing }, /state: { from: /z, state: s } } }
operations:
  listThings:
    target: alle
    request: { query: { wem: /caller/owner } }
    response: { body: { /items: { from: /body/d, each: thing } } }
  getThing:
    target: eins
    request: { path: { nr: { from: /input/id, id: thing } } }
    response: { body: { shape: thing } }
  moveThing:
    target: setze
    request: { path: { nr: { from: /input/id, id: thing } } }
    response: { body: { shape: thing } }
    idempotency: natural
    weakenings: [no-version]
messages:
  hearThing: { body: { /state: { from: /body/z, state: open } } }
`;

let folder: string;
let contract: Contract;

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'plinth-manifest-'));
  writeFileSync(path.join(folder, 'dinge.yaml'), theirs);
  writeFileSync(path.join(folder, 'events.yaml'), events);
  contract = await contractOf(ours);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('a manifest', () => {
  it('that fits both contracts is taken', async () => {
    expect(await messages(good)).toEqual([]);
  });

  it.each([
    ['a state of theirs has no word of ours', 'WEG: old }', '}', /state map s is not total: in .* has no WEG/],
    ['a state of ours has no word of theirs', 'out: { new: NEU, old: ALT }', 'out: { new: NEU }', /out .* has no old/],
    ['a state is mapped that does not exist', 'WEG: old }', 'WEG: old, ZZZ: old }', /maps ZZZ/],
    ['a state is mapped to one that does not exist', 'WEG: old', 'WEG: gone', /maps to gone/],
    [
      'no enum stands where states are looked for',
      '#/components/schemas/State',
      '#/components/schemas/Free',
      /no enum stands/,
    ],
    [
      'an error code of theirs means nothing to us',
      ', { status: 404, code: B, problem: conflicting-state }',
      '',
      /may answer 404 with B/,
    ],
    ['a problem does not exist', 'problem: conflicting-state', 'problem: things.odd', /no problem things\.odd/],
    ['an operation of ours does not exist', 'getThing:', 'getThings:', /no operation getThings/],
    ['an operation of theirs does not exist', 'target: eins', 'target: zwei', /no operation zwei/],
    [
      'a path parameter is filled by nobody',
      'request: { path: { nr: { from: /input/id, id: thing } } }\n    response',
      'request: {}\n    response',
      /needs the path parameter nr/,
    ],
    [
      'a parameter is filled that does not exist',
      'wem: /caller/owner',
      'wem: /caller/owner, wen: /input/x',
      /no query parameter wen/,
    ],
    ['a list does not say whose', '{ query: { wem: /caller/owner } }', '{}', /does not say whose/],
    [
      'nobody knows whose a thing is',
      'ids: { thing: { prefix: thg, owner: /wem } }',
      'ids: { other: { prefix: oth } }',
      /nobody knows whose thing is/,
    ],
    ['a shape does not exist', 'each: thing', 'each: thong', /needs the shape thong/],
    ['a repetition cannot be recognised', '    idempotency: natural\n', '', /how a repetition is recognised/],
    [
      'a lost answer is for a person, and nobody accepted that',
      'idempotency: natural',
      'idempotency: none',
      /for a person to find out/,
    ],
    [
      'repeating is not the same call',
      'target: setze\n    request: { path: { nr: { from: /input/id, id: thing } } }',
      'target: neu\n    request: {}',
      /repeating their POST/,
    ],
    ['a version is promised and not handed on', '    weakenings: [no-version]\n', '', /version of If-Match/],
    [
      'a fallback stands in for a write',
      '    idempotency: natural',
      '    idempotency: natural\n    fallback: { body: {} }',
      /would be a lie/,
    ],
    ['a fact needs what nobody says', '/state: { from: /z, state: s }', '/colour: /z', /thing\.moved needs state/],
    [
      'nobody says which of several facts it is',
      '/state: { from: /z, state: s }',
      '/colour: /z',
      /does not say which of thing\.new, thing\.old/,
    ],
    [
      'a fact is given up that is none',
      'weakenings: [no-version]',
      'weakenings: [no-version]\n    untold: [thing.gone]',
      /does not emit thing\.gone/,
    ],
    ['who is no receiver gets messages', 'hearThing:', 'moveThing:', /no operation moveThing that receives messages/],
    [
      'an answer is in words that are open',
      '/z, state: s }',
      '/z, state: open }',
      /state map open with theirs and out/,
    ],
    ['an open map leads nowhere', 'in: { NEU: new } }', 'in: { NEU: gone } }', /maps to gone/],
    ['it was written for another major', 'things@1', 'things@2', /written for things@2/],
    ['it does not say where the upstream is', 'baseUrl: http://127.0.0.1:1\n', '', /where the upstream is/],
    [
      'it says so twice',
      'baseUrl: http://127.0.0.1:1\n',
      "baseUrl: http://127.0.0.1:1\nroutes: [{ to: 'http://127.0.0.1:1', weight: 1, release: '1' }]\n",
      /where the upstream is/,
    ],
    [
      'a problem of one operation does not exist',
      'target: eins',
      'target: eins\n    errors: [{ status: 404, problem: things.odd }]',
      /no problem things\.odd/,
    ],
    [
      'their operation needs a body and gets none',
      'target: setze\n    request: { path: { nr: { from: /input/id, id: thing } } }',
      'target: neu\n    request: {}',
      /Their neu needs a body/,
    ],
    [
      'a call is looked up where there is nothing',
      'idempotency: natural',
      'idempotency: { lookUp: { target: zwei, request: { path: { nr: /call/reference } }, response: {} } }',
      /no operation zwei/,
    ],
    [
      'a fallback has a status that the contract does not have',
      'target: eins',
      'target: eins\n    fallback: { status: 203, body: {} }',
      /no answer 203 for its fallback/,
    ],
    [
      'it fills what cannot be filled',
      '/id: { from: /nr, id: thing }',
      '/__proto__/a: /nr, /id: { from: /nr, id: thing }',
      /cannot be filled/,
    ],
  ])('is refused when %s', async (_, from, to, message) => {
    expect(good).toContain(from);
    const found = await messages(good.replace(from, to));
    expect(found.join('\n')).toMatch(message);
    for (const text of found) expect(text).toMatch(/^\d+:\d+ /);
  });

  it.each([
    ['a class of errors covers each of its statuses', ', { status: 404, code: B,', ', { status: 4XX,'],
    [
      'an operation covers what the others need not',
      ', { status: 404, code: B, problem: conflicting-state }]',
      ']\n',
      'target: eins',
      'target: eins\n    errors: [{ status: 404, code: B, problem: conflicting-state }]',
    ],
    [
      'the version is handed on, in whichever case their header is written',
      'target: setze\n    request: { path',
      'target: setze\n    request: { header: { if-match: /call/expectedVersion }, path',
      '    weakenings: [no-version]\n',
      '',
    ],
    [
      'it says whose a list is where nothing else is said',
      '/caller/owner',
      '{ from: /input/whose, or: /caller/owner }',
    ],
    ['deleting again is the same', 'target: setze', 'target: weg'],
    ['a fallback is an answer', 'target: eins', 'target: eins\n    fallback: { body: { id: thg_1 } }'],
  ])('is taken when %s', async (_, ...edits) => {
    let text = good;
    for (let at = 0; at < edits.length; at += 2) {
      expect(text).toContain(edits[at]);
      text = text.replace(edits[at] as string, edits[at + 1] as string);
    }
    expect(await messages(text)).toEqual([]);
  });

  it('that passes everything on keeps what the contract promises all the same', async () => {
    const pass = 'upstream: dinge\ncontract: things@1\npass: all\nbaseUrl: http://127.0.0.1:1\n';
    const promises = [
      expect.stringContaining('listThings: it lists what belongs to the caller'),
      expect.stringContaining('moveThing: the version of If-Match'),
    ];
    const nobody = ['getThing', 'moveThing'].map((id) => expect.stringContaining(`${id}: nobody knows whose thing is`));
    expect(await messages(pass)).toEqual(expect.arrayContaining([...promises, ...nobody]));
    // The platform may know whose they are.
    const owned = await messages(pass, contract, ['thing']);
    expect(owned).toEqual(promises);
  });

  it('is taken when the facts that it cannot tell are given up by name', async () => {
    const told = good.replace('/state: { from: /z, state: s }', '/colour: /z');
    const untold = 'weakenings: [no-version]\n    untold: [thing.moved, thing.old]';
    expect(await messages(told.replace('weakenings: [no-version]', untold))).toEqual([]);
  });

  it('is refused when a secret that is shown once would be kept', async () => {
    const answer =
      "'200': { description: ok, content: { application/json: { schema: { type: object } } } } }\n  /notices";
    const secret = answer.replace(
      'type: object',
      'type: object, properties: { key: { type: string, x-plinth: { sensitivity: secret, reveal: once } } }',
    );
    expect(ours).toContain(answer);
    const found = await messages(good, await contractOf(ours.replace(answer, secret)));
    expect(found.join('\n')).toMatch(/moveThing shows a secret once/);
  });

  it('is refused when the look-up has no reference to ask by', async () => {
    const lookUp = 'idempotency: { lookUp: { target: eins, request: { path: { nr: /input/id } }, response: {} } }';
    const found = await messages(good.replace('idempotency: natural', lookUp));
    expect(found.join('\n')).toMatch(/needs a reference that is sent[^]*asks for no reference/);
  });

  it('with an unknown key says where it is', async () => {
    const [found] = await messages(good.replace('errorCode:', 'retries: 5\nerrorCode:'));
    expect(found).toMatch(/^1:1 \/retries/);
  });
});

async function contractOf(text: string): Promise<Contract> {
  writeFileSync(path.join(folder, 'contract.yaml'), text);
  return (await loadFile(path.join(folder, 'contract.yaml'), { root: folder })).contract as Contract;
}

async function messages(text: string, written = contract, owned: readonly string[] = []): Promise<string[]> {
  const file = path.join(folder, 'upstream.yaml');
  writeFileSync(file, text);
  const read = await readManifest(file, { contract: written, owned: new Set(owned), root: folder });
  return 'findings' in read ? read.findings.map(({ line, column, message }) => `${line}:${column} ${message}`) : [];
}
