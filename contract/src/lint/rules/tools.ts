// What an agent sees of a contract, and whether the contract is more than a table behind HTTP.

import { follow, isObject } from '../../load/pointer.ts';
import type { Contract, JsonObject, JsonValue, Operation } from '../../model/contract.ts';
import { answerSchemas, reach } from '../nodes.ts';
import type { Rule } from '../rule.ts';
import { bodyOf, withOperation } from '../sample.ts';

const agent = '{ effect: write, audience: [agent] }';

function isTool(operation: Operation): boolean {
  return operation.policy.audience.includes('agent') && operation.policy.skill?.tool !== false;
}

export const toolSize: Rule = {
  id: 'tool-size',
  group: 'agents',
  severity: 'warn',
  of: 'own',
  options: { bytes: { is: 4096, least: 256, what: 'bytes of the input schema' } },
  why: 'A model reads the schema of every tool before each answer; a large one costs money and attention.',
  operation: (operation, contract, report, settings) => {
    if (!isTool(operation)) return;
    const mostBytes = Number(settings['bytes']);
    const roots = [
      ...operation.params.map((param) => param.schema as JsonValue),
      ...(operation.body?.media ?? []).slice(0, 1).map((media) => (media.schema ?? true) as JsonValue),
    ];
    const bytes = weightOf(contract, roots);
    if (bytes > mostBytes)
      report(
        operation.node,
        `The input of ${operation.id} takes ${(bytes / 1024).toFixed(1)} KB; a tool should take ${mostBytes / 1024}.`,
        'Shorten descriptions, or leave it out with  skill: { tool: false }.',
      );
  },
  bad: withOperation(
    { 'x-plinth': agent, requestBody: bodyOf(`{ type: object, description: '${'long '.repeat(900)}' }`) },
    undefined,
    'post',
  ),
  good: withOperation(
    { 'x-plinth': agent, requestBody: bodyOf('{ type: object, description: short }') },
    undefined,
    'post',
  ),
};

/** Bytes of all schemas in reach, each written once. */
function weightOf(contract: Contract, roots: readonly JsonValue[]): number {
  const parts = [...reach(contract, roots)].filter((schema) => typeof schema['$ref'] !== 'string');
  const inside = new Set<JsonObject>();
  for (const part of parts) for (const child of Object.values(part)) mark(child, inside);
  return parts.filter((part) => !inside.has(part)).reduce((sum, part) => sum + JSON.stringify(part).length, 0);
}

function mark(value: JsonValue, inside: Set<JsonObject>): void {
  if (typeof value !== 'object' || value === null) return;
  if (isObject(value)) {
    if (inside.has(value)) return;
    inside.add(value);
  }
  for (const child of Object.values(value)) mark(child, inside);
}

export const toolDescription: Rule = {
  id: 'tool-description',
  group: 'agents',
  severity: 'warn',
  of: 'own',
  why: 'An agent chooses a tool by its description; without one it guesses from the name.',
  operation: (operation, _contract, report) => {
    if (isTool(operation) && `${operation.summary}${operation.description}`.length < 10)
      report(
        operation.node,
        `${operation.id} says too little about itself for an agent.`,
        'Add  summary: and, where it is not obvious,  description:.',
      );
  },
  bad: withOperation({ 'x-plinth': agent }, undefined, 'post'),
  good: withOperation({ 'x-plinth': agent, summary: 'Make a thing that lasts' }, undefined, 'post'),
};

export const toolAmbiguous: Rule = {
  id: 'tool-ambiguous',
  group: 'agents',
  severity: 'warn',
  of: 'own',
  why: 'Two tools that say the same are chosen by chance.',
  contract: (contract, report) => {
    const first = new Map<string, Operation>();
    for (const operation of contract.operations.filter(isTool)) {
      const said = `${operation.summary} ${operation.description}`
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N}]+/gu, ' ')
        .trim();
      if (said === '') continue;
      const other = first.get(said);
      if (other === undefined) first.set(said, operation);
      else
        report(
          operation.node,
          `${operation.id} and ${other.id} say the same about themselves.`,
          'Say what each is for.',
        );
    }
  },
  bad: pair('See my things', 'See my things'),
  good: pair('See my things', 'See what others lent me'),
};

function pair(first: string, second: string): string {
  return `paths:\n  /things: { get: ${told('listThings', first)} }\n  /loans: { get: ${told('listLoans', second)} }`;
}

function told(id: string, summary: string): string {
  return `{ operationId: ${id}, summary: ${summary}, security: [{ oidc: [things.read] }], x-plinth: { audience: [agent] }, responses: { '200': { description: It. } } }`;
}

export const responseSize: Rule = {
  id: 'response-size',
  group: 'agents',
  severity: 'info',
  of: 'own',
  options: { entries: { is: 100, least: 1, what: 'entries of an answer' } },
  why: 'A model reads the whole answer; a thousand entries push out what the customer said.',
  operation: (operation, contract, report, settings) => {
    if (!isTool(operation)) return;
    const mostItems = Number(settings['entries']);
    const limit = operation.params.find((param) => param.name === 'limit' && param.in === 'query');
    const schema = limit === undefined ? undefined : follow(contract.document, limit.schema);
    const paged = isObject(schema) && typeof schema['maximum'] === 'number' && schema['maximum'] <= mostItems;
    const wide = answerSchemas(operation).some((answer) => {
      const node = follow(contract.document, answer);
      return (
        isObject(node) &&
        node['type'] === 'array' &&
        !(typeof node['maxItems'] === 'number' && node['maxItems'] <= mostItems)
      );
    });
    if (wide && !paged)
      report(
        operation.node,
        `${operation.id} may answer an agent with more than ${mostItems} entries.`,
        `Add the parameter limit with  maximum: ${mostItems}, or maxItems.`,
      );
  },
  bad: withOperation({ 'x-plinth': '{ audience: [agent] }' }, 'Thing: { type: array, items: { type: string } }'),
  good: withOperation(
    { 'x-plinth': '{ audience: [agent] }' },
    'Thing: { type: array, maxItems: 50, items: { type: string } }',
  ),
};

export const tableShaped: Rule = {
  id: 'table-shaped',
  group: 'agents',
  severity: 'warn',
  of: 'own',
  why: 'A capability that only creates, reads, updates and deletes leaves the business to its callers: each of them rebuilds the rules.',
  contract: (contract, report) => {
    const writes = contract.operations.filter(({ policy }) => policy.effect !== 'read');
    const changes = writes.some(({ method }) => method === 'put' || method === 'patch' || method === 'delete');
    if (!changes || !contract.operations.every((operation) => isRow(contract, operation))) return;
    report(
      undefined,
      `${contract.id} offers rows of ${[...new Set(contract.resources.map(({ name }) => name))].join(', ')} to be created, read, updated and deleted, and nothing a business does.`,
      'Name what happens: POST /orders/{orderId}/cancellations  instead of  PATCH /orders/{orderId} { status: cancelled }.',
    );
  },
  bad: table(''),
  good: table(
    `\n  /things/{thingId}/repairs:\n    parameters: [{ name: thingId, in: path, required: true, schema: { type: string } }]\n    post: { operationId: repairThing, security: [{ oidc: [things.write] }], x-plinth: { effect: write }, responses: { '201': { description: Mended. } } }`,
  ),
};

/** One of the five things done to a row of a table: at `/rows` or `/rows/{id}`. */
function isRow(contract: Contract, operation: Operation): boolean {
  const shape = operation.path.replaceAll(/\{[^}]*\}/g, '{}');
  const siblings = new Set(contract.operations.map(({ path }) => path.replaceAll(/\{[^}]*\}/g, '{}')));
  if (shape.endsWith('/{}')) return ['get', 'put', 'patch', 'delete'].includes(operation.method);
  return siblings.has(`${shape}/{}`) && (operation.method === 'get' || operation.method === 'post');
}

function table(more: string): string {
  return `paths:
  /things:
    get: ${row('listThings', 'read')}
    post: ${row('createThing', 'write')}
  /things/{thingId}:
    parameters: [{ name: thingId, in: path, required: true, schema: { type: string } }]
    get: ${row('getThing', 'read')}
    patch: ${row('updateThing', 'write')}
    delete: ${row('deleteThing', 'destructive')}${more}`;
}

function row(id: string, effect: string): string {
  return `{ operationId: ${id}, security: [{ oidc: [things.write] }], x-plinth: { effect: ${effect} }, responses: { '200': { description: It. } } }`;
}
