// A large contract made from a seed: 900 operations, 2,500 schemas, about 4.5 MB of YAML. What the field has, it has:
// references across each other and to themselves, allOf, oneOf with a discriminator, enums, patterns, bounds, examples.

import { mkdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

const resources = 180;
const partsOfEach = 8;
const shared = 159;

/** Numbers of a fixed sequence (Lehmer), so that a seed is the same contract everywhere. */
class Sequence {
  #state: number;

  constructor(seed: number) {
    this.#state = (seed % 2_147_483_646) + 1;
  }

  below(bound: number): number {
    this.#state = (this.#state * 48_271) % 2_147_483_647;
    return this.#state % bound;
  }

  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)] as T;
  }
}

type Node = { [key: string]: unknown };

const nouns =
  'account address adjustment agreement allowance balance batch bill booking branch bundle campaign card carrier case charge claim contract coupon credit customer delivery deposit device discount dispute document entitlement estimate event fee'.split(
    ' ',
  );
const kinds = ['retail', 'business', 'partner', 'archive', 'draft', 'market'];
const words =
  'the value that was agreed with the customer when the order was placed and holds until it is changed by staff or by a later agreement of both sides in writing'.split(
    ' ',
  );
const names =
  'status reference label amountDue unitPrice quantity validFrom validUntil createdAt updatedAt currency countryCode postalCode street city email phoneNumber note priority channel locale externalId taxRate dueDate colour weight isActive sequence category source'.split(
    ' ',
  );

/** The document. The same seed gives the same document. */
export function syntheticContract(seed = 1): Node {
  const draw = new Sequence(seed);
  const schemas: Node = {};
  const paths: Node = {};
  for (let index = 0; index < shared; index++)
    schemas[`Shared${index}`] = thing(draw, index === 0 ? [] : [`Shared${index - 1}`]);
  for (let index = 0; index < resources; index++) addResource(index, draw, { schemas, paths });
  return {
    openapi: '3.1.0',
    info: { title: 'Synthetic', version: '1.0.0', description: sentence(draw, 40) },
    servers: [{ url: 'https://api.example.com/v1' }],
    security: [{ token: [] }],
    paths,
    components: {
      securitySchemes: { token: { type: 'http', scheme: 'bearer' } },
      parameters: {
        limit: { name: 'limit', in: 'query', schema: { type: 'integer', minimum: 1, maximum: 100, default: 25 } },
        cursor: { name: 'cursor', in: 'query', schema: { type: 'string', maxLength: 200 } },
      },
      schemas: {
        Problem: {
          type: 'object',
          required: ['type', 'title', 'status'],
          properties: {
            type: { type: 'string' },
            title: { type: 'string' },
            status: { type: 'integer' },
            detail: { type: 'string' },
          },
        },
        ...schemas,
      },
    },
  };
}

/** Both texts in a folder for temporary files. */
export function syntheticFiles(): { yaml: string; json: string } {
  const folder = path.join(tmpdir(), 'plinth-bench-contract');
  mkdirSync(folder, { recursive: true });
  const files = { yaml: path.join(folder, 'synthetic.yaml'), json: path.join(folder, 'synthetic.json') };
  const document = syntheticContract();
  writeFileSync(files.json, JSON.stringify(document));
  writeFileSync(files.yaml, `${yaml(document, '').trimStart()}\n`);
  return files;
}

/** Five operations and 13 schemas. */
function addResource(index: number, draw: Sequence, { schemas, paths }: { schemas: Node; paths: Node }): void {
  const noun = `${kinds[Math.floor(index / nouns.length)] ?? 'other'}-${nouns[index % nouns.length] ?? 'thing'}`;
  const name = noun.split('-').map(capital).join('');
  const parts = Array.from({ length: partsOfEach }, (_, part) => `${name}Part${part}`);
  for (const [part, partName] of parts.entries())
    schemas[partName] = thing(draw, [
      `Shared${draw.below(shared)}`,
      ...(part > 0 ? [parts[draw.below(part)] as string] : []),
    ]);
  schemas[`${name}State`] = {
    type: 'string',
    enum: ['draft', 'open', 'held', 'closed', 'cancelled'],
    description: sentence(draw, 12),
  };
  schemas[`New${name}`] = { ...thing(draw, parts.slice(0, 4)), additionalProperties: false };
  schemas[`${name}Change`] = thing(draw, parts.slice(4));
  schemas[name] = {
    allOf: [
      ref(`New${name}`),
      {
        type: 'object',
        required: ['id', 'state'],
        properties: {
          id: { type: 'string', format: 'uuid', readOnly: true },
          state: ref(`${name}State`),
          parent: ref(name),
          detail: {
            oneOf: parts.slice(0, 3).map(ref),
            discriminator: {
              propertyName: 'kind',
              mapping: Object.fromEntries(parts.slice(0, 3).map((part) => [part, `#/components/schemas/${part}`])),
            },
          },
        },
      },
    ],
  };
  schemas[`${name}Page`] = {
    type: 'object',
    required: ['items'],
    properties: { items: { type: 'array', maxItems: 100, items: ref(name) }, next: { type: 'string' } },
  };
  const id = { name: 'id', in: 'path', required: true, schema: { type: 'string', format: 'uuid' } };
  const operation = (verb: string, success: Node, body?: string): Node => ({
    operationId: `${verb}${name}`,
    tags: [noun],
    summary: `${capital(verb)} a ${noun.replace('-', ' ')}`,
    description: sentence(draw, 35),
    ...(body === undefined ? {} : { requestBody: { required: true, content: json(ref(body)) } }),
    responses: { ...success, '400': answer('Refused.', 'Problem'), '404': answer('Not there.', 'Problem') },
  });
  paths[`/${noun}s`] = {
    get: {
      ...operation('list', { '200': answer('A page.', `${name}Page`) }),
      parameters: [{ $ref: '#/components/parameters/limit' }, { $ref: '#/components/parameters/cursor' }],
    },
    post: operation('create', { '201': answer('Made.', name) }, `New${name}`),
  };
  paths[`/${noun}s/{id}`] = {
    parameters: [id],
    get: operation('get', { '200': answer('It.', name) }),
    patch: operation('update', { '200': answer('Changed.', name) }, `${name}Change`),
    delete: operation('remove', { '204': { description: 'Gone.' } }),
  };
}

/** An object of `propertiesOfEach` values besides references. */
function thing(draw: Sequence, references: readonly string[]): Node {
  const properties: Node = { kind: { type: 'string', maxLength: 60 } };
  const offset = draw.below(names.length);
  for (let index = 0; index < propertiesOfEach; index++) {
    const name = names[(offset + index) % names.length] as string;
    properties[name] = { ...value(name, draw), description: sentence(draw, 9) };
  }
  for (const [index, name] of references.entries()) properties[`part${index}`] = ref(name);
  return { type: 'object', description: sentence(draw, 20), required: Object.keys(properties).slice(1, 4), properties };
}

const propertiesOfEach = 8;

function value(name: string, draw: Sequence): Node {
  if (/At$|From$|Until$/.test(name)) return { type: 'string', format: 'date-time' };
  if (name === 'dueDate') return { type: 'string', format: 'date' };
  if (name === 'email') return { type: 'string', format: 'email' };
  if (name === 'isActive') return { type: 'boolean', default: draw.below(2) === 1 };
  if (name === 'currency') return { type: 'string', pattern: '^[A-Z]{3}$', examples: ['EUR'] };
  if (name === 'countryCode') return { type: 'string', enum: ['AT', 'CH', 'DE', 'FR', 'IT', 'NL'] };
  if (name === 'taxRate' || name === 'weight') return { type: 'number', minimum: 0, maximum: 1000 };
  if (/amount|Price|quantity|sequence|priority/.test(name)) return { type: 'integer', minimum: 0, maximum: 1_000_000 };
  return draw.below(6) === 0
    ? { type: 'array', maxItems: 20, items: { type: 'string', maxLength: 80 } }
    : { type: ['string', 'null'], minLength: 1, maxLength: 40 + draw.below(200) };
}

function ref(name: string): Node {
  return { $ref: `#/components/schemas/${name}` };
}

function json(schema: Node): Node {
  return { 'application/json': { schema } };
}

function answer(description: string, schema: string): Node {
  return { description, content: json(ref(schema)) };
}

function sentence(draw: Sequence, length: number): string {
  return `${capital(Array.from({ length }, () => draw.pick(words)).join(' '))}.`;
}

function capital(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}

/** Block style, as people write it: plain words without quotes, everything on a line of its own. */
function yaml(value: unknown, indent: string): string {
  if (Array.isArray(value)) {
    if (value.every((item) => typeof item !== 'object')) return ` [${value.map((item) => scalar(item)).join(', ')}]`;
    return value.map((item) => `\n${indent}- ${yaml(item, `${indent}  `).trimStart()}`).join('');
  }
  if (typeof value !== 'object' || value === null) return ` ${scalar(value)}`;
  const entries = Object.entries(value);
  if (entries.length === 0) return ' {}';
  return entries.map(([key, member]) => `\n${indent}${scalar(key)}:${yaml(member, `${indent}  `)}`).join('');
}

function scalar(value: unknown): string {
  const isPlain = typeof value === 'string' && /^[A-Za-z/][\w ./-]*$/.test(value) && value !== 'null';
  return isPlain ? value : JSON.stringify(value);
}
