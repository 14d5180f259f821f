import { describe, expect, it } from 'vitest';
import { compileBodyCodec, isBodyFile } from '../codec/body.ts';
import { load } from '../load/load.ts';
import type { Body } from '../model/contract.ts';
import { emitCapabilityTypes } from './capability-types.ts';
import { emitClient } from './client.ts';
import { emitReference } from './reference.ts';

const cards = `openapi: 3.1.0
info: { title: Cards, version: 1.0.0 }
servers: [{ url: /cards/v1 }]
x-plinth: { capability: cards, audience: [customer] }
paths:
  /cards:
    get:
      operationId: listCards
      summary: See my cards
      security: [{ oidc: [cards.read] }]
      parameters:
        - { name: limit, in: query, schema: { type: integer } }
        - { name: cursor, in: query, schema: { type: string } }
        - { name: X-Odd-Name, in: header, required: true, schema: { type: string } }
      responses: { '200': { description: Page., content: { application/json: { schema: { $ref: '#/components/schemas/CardPage' } } } } }
  /cards/{cardId}:
    parameters: [{ name: cardId, in: path, required: true, schema: { type: string } }]
    put:
      operationId: replaceCard
      security: [{ oidc: [cards.write] }]
      x-plinth: { effect: write, problems: [cards.gone] }
      requestBody: { required: true, content: { application/json: { schema: { $ref: '#/components/schemas/Card' } } } }
      responses:
        '200': { description: It., content: { application/json: { schema: { $ref: '#/components/schemas/Card' } } } }
        '202': { description: Later., content: { application/json: { schema: { type: object, required: [jobId], properties: { jobId: { type: string } } } } } }
        '409': { description: No. }
    delete:
      operationId: removeCard
      security: [{ oidc: [cards.write] }]
      responses: { '204': { description: Gone. } }
components:
  securitySchemes: { oidc: { type: openIdConnect, openIdConnectUrl: /oidc } }
  schemas:
    Card:
      type: object
      description: "A card. */ evil(); /*"
      required: [id, state, "odd-name'\\n"]
      properties:
        id: { type: string, readOnly: true }
        pin: { type: string, writeOnly: true }
        state: { type: string, enum: [active, "fro'zen"], x-plinth: { extensible: true } }
        limit: { type: [integer, 'null'] }
        "odd-name'\\n": { type: boolean }
        nested: { type: array, items: { oneOf: [{ $ref: '#/components/schemas/Card' }, { type: string }] } }
        extra: { type: object, additionalProperties: { type: integer } }
    CardPage:
      type: object
      required: [items, next]
      properties: { items: { type: array, items: { $ref: '#/components/schemas/Card' } }, next: { type: [string, 'null'] } }
    Reply: { type: string }
    delete: { type: integer }
    Shape:
      oneOf: [{ $ref: '#/components/schemas/Circle' }, { $ref: '#/components/schemas/Square' }]
      discriminator: { propertyName: kind, mapping: { round: '#/components/schemas/Circle', square: Square } }
    Circle: { type: object, required: [kind], properties: { kind: { type: string } } }
    Square: { allOf: [{ type: object, properties: { kind: { const: square } } }, { type: object, required: [side], properties: { side: { type: number } } }] }
    Loop: { allOf: [{ $ref: '#/components/schemas/Loop2' }] }
    Loop2: { oneOf: [{ $ref: '#/components/schemas/Loop' }, { type: string }] }
`;
const files: Record<string, string> = {
  'contract.yaml': cards,
  'events.yaml':
    "events:\n  card.frozen: { when: Frozen., data: { $ref: './contract.yaml#/components/schemas/Card' } }\n",
  'problems.yaml': 'problems:\n  cards.gone: { status: 409, title: A | B, detail: d, advice: a, next: [] }\n',
};

async function contract() {
  const { contract, findings } = await load('contract.yaml', {
    read: async (file) => files[file] ?? '',
    companions: { events: 'events.yaml', problems: 'problems.yaml' },
  });
  expect(findings.filter((finding) => finding.rule !== 'x-unknown-key')).toEqual([]);
  if (!contract) throw new Error('no contract');
  return contract;
}

/** One line per declaration, so that expectations do not depend on line breaks. */
function flat(text: string): string {
  return text.replaceAll(/\s+/g, ' ');
}

describe('types of a capability', () => {
  it('give an operation its parameters by name, its body and its declared answers without problems', async () => {
    const text = flat(emitCapabilityTypes(await contract()));
    expect(text).toContain(
      "input: { limit?: number | undefined; cursor?: string | undefined; 'X-Odd-Name': string; };",
    );
    expect(text).toContain("'cards.replaceCard': { input: { cardId: string; body: CardInput; };");
    expect(text).toContain('reply: PlinthReply<200, Card> | PlinthReply<202, { jobId: string; }>;');
    expect(text).toContain("'cards.removeCard': { input: { cardId: string; }; reply: PlinthReply<204, undefined>; };");
  });

  it('separate request and response only where readOnly or writeOnly make a difference', async () => {
    const text = flat(emitCapabilityTypes(await contract()));
    const response = /export type Card = \{(.*?)\};/.exec(text)?.[1] ?? '';
    const request = /export type CardInput = \{(.*?)\};/.exec(text)?.[1] ?? '';
    expect(response).toContain('id: string;');
    expect(response).not.toContain('pin');
    expect(request).toContain('pin?: string | undefined;');
    expect(request).not.toContain(' id:');
    expect(text).not.toContain('CircleInput');
  });

  it('keep text of the contract out of the code', async () => {
    const text = emitCapabilityTypes(await contract());
    expect(text).toContain('A card. *\\/ evil(); /*');
    expect(text).toContain(String.raw`'odd-name\'\n': boolean;`);
    expect(flat(text)).toContain(String.raw`state: 'active' | 'fro\'zen' | (string & {});`);
  });

  it('name recursive shapes, open maps, tagged unions and awkward names', async () => {
    const text = flat(emitCapabilityTypes(await contract()));
    expect(text).toContain('nested?: (Card | string)[] | undefined;');
    expect(text).toContain('extra?: { [key: string]: number; } | undefined;');
    expect(text).toContain("export type Shape = (Circle & { kind: 'round' }) | Square;");
    expect(text).toContain('export type Delete = number;');
    expect(text).toContain('export type Reply = string;');
    expect(text).toContain("import type { Reply as PlinthReply } from '@plinth/runtime';");
    expect(text).toContain('export type Loop = unknown;');
  });

  it('register operations, events and problems with the runtime', async () => {
    const text = flat(emitCapabilityTypes(await contract()));
    expect(text).toContain("export interface CardsEvents { /** Frozen. */ 'card.frozen': Card; }");
    expect(text).toContain("'cards.gone': true;");
    expect(text).toContain("declare module '@plinth/runtime' { interface Operations extends CardsOperations {}");
  });
});

describe('types of a form with files', () => {
  const text = `openapi: 3.1.0
info: { title: Files, version: 1.0.0 }
x-plinth: { capability: files, audience: [customer] }
paths:
  /files:
    post:
      operationId: sendFiles
      requestBody:
        required: true
        content:
          multipart/form-data:
            schema: { $ref: '#/components/schemas/Upload' }
            encoding: { picture: { contentType: image/png } }
          application/octet-stream: {}
      responses: { '204': { description: Kept. } }
components:
  schemas:
    Upload:
      type: object
      required: [file]
      properties:
        note: { type: string }
        file: { type: string, format: binary }
        picture: { type: string }
        more: { type: array, items: { $ref: '#/components/schemas/Raw' } }
    Raw: { type: string, contentMediaType: application/zip }
`;

  it('say what a handler is given: files where the codec reads files, bytes where there is nothing else', async () => {
    const { contract: files } = await load('contract.yaml', { read: () => Promise.resolve(text), foreign: false });
    if (!files) throw new Error('it does not load');
    const types = flat(emitCapabilityTypes(files));
    expect(types).toContain("import type { BodyFile } from '@plinth/contract';");
    expect(types).toContain(
      'body: { note?: string | undefined; file: BodyFile; picture?: BodyFile | undefined; more?: BodyFile[] | undefined; } | Uint8Array;',
    );
    const codec = compileBodyCodec(files.operations[0]?.body as Body, files, { unknown: 'refuse' });
    const parts = ['note', 'file', 'picture', 'more'].map(
      (name) => `--b\r\nContent-Disposition: form-data; name="${name}"\r\n\r\nX\r\n`,
    );
    const decoded = codec.decode(Buffer.from(`${parts.join('')}--b--\r\n`), 'multipart/form-data; boundary=b');
    const value = ('value' in decoded ? decoded.value : {}) as Record<string, unknown>;
    expect(value['note']).toBe('X');
    expect([value['file'], value['picture'], ...(value['more'] as unknown[])].every(isBodyFile)).toBe(true);
  });
});

describe('the client module', () => {
  it('has one typed function and one descriptor per operation', async () => {
    const text = flat(emitClient(await contract()));
    expect(text).toMatch(/listCards: PagedCall< \{ .*? \}, CardPage, 'items' >;/);
    expect(text).toContain(
      "replaceCard: LongCall< { cardId: string; body: CardInput; }, Card | { jobId: string; }, 'cards.gone' >;",
    );
    expect(text).toContain(
      "method: 'PUT', path: '/cards/v1/cards/{cardId}', hasBody: true, effect: 'write', idempotency: 'optional',",
    );
    expect(text).toContain("paging: { items: 'items', next: 'next' },");
    expect(text).toContain('export function createCards(client: Client): CardsClient {');
  });
});

describe('the heading of a client module', () => {
  it('names the contract file and the command that remakes it', async () => {
    const given = await contract();
    expect(emitClient(given)).toMatch(/^\/\/ Made from [\w.-]+ \(Cards 1\.0\.0\)\. Do not edit/);
    const text = emitClient(given, { source: 'specs/cards.yaml\nevil()', command: 'npm run plinth -- generate' });
    expect(text.split('\n').slice(0, 2)).toEqual([
      '// Made from specs/cards.yaml evil() (Cards 1.0.0). Do not edit: change the contract and run',
      '//   npm run plinth -- generate',
    ]);
  });
});

it('a parameter that is the whole query, or described by a media type, says so in its descriptor', async () => {
  const text = `openapi: 3.2.0
info: { title: Search, version: 1.0.0 }
paths:
  /things:
    get:
      parameters: [{ name: filter, in: querystring, content: { 'application/json; charset=utf-8': { schema: { type: object } } } }]
      responses: { '200': { description: It. } }
`;
  const { contract: search } = await load('search.yaml', { read: () => Promise.resolve(text) });
  if (!search) throw new Error('it does not load');
  expect(flat(emitClient(search))).toMatch(
    /params: \[ \{ name: 'filter', in: 'querystring', style: '\w+', explode: \w+, media: 'application\/json' \},/,
  );
});

const media = (type: string, schema: string): string => `content: { ${type}: { ${schema} } }`;

it('items of sequences have their types: a handler makes them one by one, and takes a list', async () => {
  const line = '{ type: object, required: [n], properties: { n: { type: integer } } }';
  const event = `{ type: object, required: [event], properties: { event: { type: string } }, oneOf: [
    { properties: { event: { const: made }, data: { type: string, contentMediaType: application/json, contentSchema: ${line} } } },
    { properties: { event: { const: said }, data: { type: string } } }] }`;
  const text = `openapi: 3.2.0
info: { title: Watch, version: 1.0.0 }
paths:
  /events: { get: { operationId: watch, responses: { '200': { description: d, ${media('text/event-stream', `itemSchema: ${event}`)} } } } }
  /bare: { get: { operationId: bare, responses: { '200': { description: d, ${media('text/event-stream', 'schema: { type: string }')} } } } }
  /lines:
    post:
      operationId: copy
      requestBody: { required: true, ${media('application/jsonl', `itemSchema: ${line}`)} }
      responses: { '200': { description: d, ${media('application/json-seq', `itemSchema: ${line}`)} } }
`;
  const { contract: watch } = await load('watch.yaml', { read: () => Promise.resolve(text) });
  if (!watch) throw new Error('it does not load');
  const types = flat(emitCapabilityTypes(watch));
  expect(types).toContain("event?: 'made' | undefined; data?: string | { n: number; } | undefined;");
  expect(types).toMatch(/'watch\.watch': \{ input: \{\}; reply: Reply<200, AsyncIterable<\(/);
  expect(types).toContain('Reply<200, AsyncIterable<{ data: string; event?: string | undefined;');
  expect(types).toContain('| string>');
  expect(types).toContain('input: { body: { n: number; }[]; }; reply: Reply<200, AsyncIterable<{ n: number; }>>;');
  // The client gets them as they come over the wire.
  const client = flat(emitClient(watch));
  expect(client).toContain('watch: OperationCall< {}, string >');
  expect(client).toContain('{ body: Uint8Array; }, Uint8Array >');
});

describe('reference pages', () => {
  it('list operations, events and problems without breaking the table', async () => {
    const pages = emitReference([await contract()]);
    expect(pages.operations).toContain(
      '| `replaceCard` | `PUT /cards/v1/cards/{cardId}` | customer | write | safe with a key, kept 24 h |',
    );
    expect(pages.events).toContain('| `card.frozen` | Frozen. | `Card` |');
    expect(pages.problems).toContain(String.raw`| A \| B |`);
  });
});
