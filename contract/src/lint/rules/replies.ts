// Whether answers say enough: errors, bodies, headers, examples, words.

import { follow, isObject } from '../../load/pointer.ts';
import type { Contract, JsonObject, Operation } from '../../model/contract.ts';
import { isSuccess } from '../nodes.ts';
import type { Rule } from '../rule.ts';
import { answering, bodyOf, foreignDocument, withOperation, withThing } from '../sample.ts';

function responseNode(contract: Contract, operation: Operation, status: number | string): JsonObject | undefined {
  const responses = operation.node['responses'];
  const node = isObject(responses) ? follow(contract.document, responses[String(status)]) : undefined;
  return isObject(node) ? node : undefined;
}

const isError = (status: number | string): boolean =>
  typeof status === 'number' ? status >= 400 : status === 'default' || /^[45]/.test(status);

export const errorProblemJson: Rule = {
  id: 'error-problem-json',
  group: 'answers',
  severity: 'warn',
  why: 'With RFC 9457 every program reads every refusal in one way.',
  operation: (operation, contract, report) => {
    for (const response of operation.responses) {
      if (!isError(response.status) || response.media.length === 0) continue;
      if (response.media.some(({ type }) => /^application\/problem\+(json|xml|cbor)/.test(type))) continue;
      report(
        responseNode(contract, operation, response.status) ?? operation.node,
        `${operation.id}: ${response.status} is answered as ${response.media[0]?.type ?? 'nothing'}.`,
        'Use  application/problem+json.',
      );
    }
  },
  bad: withOperation({
    responses: `{ ${answering(200)}, '404': { description: None., content: { application/json: { schema: { type: object } } } } }`,
  }),
  good: withOperation({
    responses: `{ ${answering(200)}, '404': { description: None., content: { application/problem+json: { schema: { type: object } } } } }`,
  }),
};

/** Statuses that an operation's own policy leads to, with the reason. */
function impliedErrors(operation: Operation): [status: number, because: string][] {
  const { policy } = operation;
  const secured = (operation.security?.length ?? 0) > 0;
  const body = operation.body !== undefined;
  return [
    ...(body || operation.params.length > 0 ? [[400, 'its input may be wrong'] as [number, string]] : []),
    ...(secured
      ? ([
          [401, 'it needs credentials'],
          [403, 'rights may be missing'],
        ] satisfies [number, string][])
      : []),
    ...(operation.path.includes('{') ? [[404, 'the id may be unknown'] as [number, string]] : []),
    ...(body ? [[415, 'the body may have another type'] as [number, string]] : []),
    ...(policy.precondition === 'required'
      ? ([
          [412, 'its ETag may be stale'],
          [428, 'If-Match is needed'],
        ] satisfies [number, string][])
      : []),
    ...(policy.idempotency.mode === 'required'
      ? ([
          [409, 'its twin may be running'],
          [422, 'the key may be used'],
        ] satisfies [number, string][])
      : []),
    ...(policy.limits.length > 0 ? [[429, 'it is limited'] as [number, string]] : []),
  ];
}

export const errorsDeclared: Rule = {
  id: 'errors-declared',
  group: 'answers',
  severity: 'warn',
  of: 'foreign',
  why: 'An error that is not declared surprises the caller. (The edge declares them by itself for a contract of ours.)',
  operation: (operation, _contract, report) => {
    const declared = operation.responses.map(({ status }) => status);
    if (declared.includes('default') || declared.includes('4XX')) return;
    const missing = impliedErrors(operation).filter(([status]) => !declared.includes(status));
    if (missing.length > 0)
      report(
        operation.node,
        `${operation.id} does not declare ${missing.map(([status, because]) => `${status} (${because})`).join(', ')}.`,
        'Add them, or one answer  default.',
      );
  },
  bad: foreignDocument(`paths:
  /things/{id}:
    parameters: [{ name: id, in: path, required: true, schema: { type: string } }]
    get: { operationId: getThing, responses: { '200': { description: It. } } }`),
  good: foreignDocument(`paths:
  /things/{id}:
    parameters: [{ name: id, in: path, required: true, schema: { type: string } }]
    get: { operationId: getThing, responses: { '200': { description: It. }, default: { description: Refused. } } }`),
};

export const createdLocation: Rule = {
  id: 'created-location',
  group: 'answers',
  severity: 'warn',
  of: 'foreign',
  why: 'Whoever made something wants to know where it is now. (A contract of ours answers with the thing and its id.)',
  operation: (operation, contract, report) => {
    const created = operation.responses.find(({ status }) => status === 201);
    if (!created || created.headers.some(({ name }) => name.toLowerCase() === 'location')) return;
    report(
      responseNode(contract, operation, 201) ?? operation.node,
      `${operation.id} answers 201 without Location.`,
      'Add  headers: { Location: { schema: { type: string, format: uri-reference } } }',
    );
  },
  bad: foreignDocument(
    `paths: { /things: { post: { operationId: makeThing, responses: { '201': { description: Made. } } } } }`,
  ),
  good: foreignDocument(
    `paths: { /things: { post: { operationId: makeThing, responses: { '201': { description: Made., headers: { Location: { schema: { type: string } } } } } } } }`,
  ),
};

export const noBody204: Rule = {
  id: 'no-body-204',
  group: 'answers',
  severity: 'error',
  why: 'A 204 or 205 has no body (RFC 9110, 15.3.5); a declared one never arrives.',
  operation: (operation, contract, report) => {
    for (const { status, media } of operation.responses) {
      if ((status !== 204 && status !== 205 && status !== 304) || media.length === 0) continue;
      const node = responseNode(contract, operation, status);
      report(
        node ?? operation.node,
        `${operation.id}: ${status} has no body, and one is described.`,
        'Remove  content, or answer 200.',
        node ? [{ map: node, remove: 'content' }] : undefined,
      );
    }
  },
  bad: withOperation({ responses: `{ ${answering(204)} }` }),
  good: withOperation({ responses: `{ '204': { description: Done. } }` }),
};

export const getNoBody: Rule = {
  id: 'get-no-body',
  group: 'answers',
  severity: 'warn',
  why: 'The body of a GET, HEAD or DELETE has no meaning (RFC 9110, 9.3); caches and gateways drop it.',
  operation: (operation, _contract, report) => {
    if (!['get', 'head', 'delete'].includes(operation.method) || operation.body === undefined) return;
    report(
      operation.node,
      `${operation.id} is a ${operation.method.toUpperCase()} with a body.`,
      'Use query parameters, or POST.',
    );
  },
  bad: withOperation({ requestBody: bodyOf('{ type: object }') }),
  good: withOperation({}),
};

export const examplesPresent: Rule = {
  id: 'examples-present',
  group: 'answers',
  severity: 'warn',
  of: 'foreign',
  why: 'One example explains more than the schema. (For a contract of ours the mock makes them.)',
  operation: (operation, contract, report) => {
    for (const { status, media } of operation.responses) {
      if (!isSuccess(status)) continue;
      const bare = media.find((one) => {
        const schema = follow(contract.document, one.schema);
        const own = isObject(schema) && (schema['example'] !== undefined || schema['examples'] !== undefined);
        return one.examples.length === 0 && !own;
      });
      if (bare === undefined) continue;
      report(
        responseNode(contract, operation, status) ?? operation.node,
        `${operation.id}: ${status} has no example.`,
        'Add  example: { … }  beside schema.',
      );
    }
  },
  bad: foreignDocument(
    `paths: { /things: { get: { operationId: getThings, responses: { '200': { description: It., content: { application/json: { schema: { type: string } } } } } } } }`,
  ),
  good: foreignDocument(
    `paths: { /things: { get: { operationId: getThings, responses: { '200': { description: It., content: { application/json: { schema: { type: string }, example: a } } } } } } }`,
  ),
};

export const descriptionPresent: Rule = {
  id: 'description-present',
  group: 'answers',
  severity: 'info',
  why: 'An operation without a word about it is found by nobody, neither on a page nor by the assistant.',
  operation: (operation, _contract, report) => {
    if (operation.summary === '' && operation.description === '')
      report(operation.node, `${operation.id} says nothing about itself.`, 'Add  summary: See my things');
  },
  bad: withOperation({}),
  good: withOperation({ summary: 'See my things' }),
};

export const status405415: Rule = {
  id: 'status-405-415',
  group: 'answers',
  severity: 'info',
  why: 'HTTP itself answers 405 and 415; declared on every operation they only make the contract longer.',
  operation: (operation, contract, report) => {
    const idle = operation.responses.find(
      ({ status }) => status === 405 || (status === 415 && operation.body === undefined),
    );
    if (idle === undefined) return;
    report(
      responseNode(contract, operation, idle.status) ?? operation.node,
      `${operation.id} declares ${idle.status}, which its own method and types can never get.`,
      'Remove it.',
    );
  },
  bad: withThing({ responses: `{ ${answering(200)}, '405': { description: No. } }` }),
  good: withThing({}),
};
