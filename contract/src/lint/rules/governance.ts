// Who answers for a contract, and what an operation promises about load, caches and versions of things.

import { follow, isObject } from '../../load/pointer.ts';
import type { JsonValue, Operation } from '../../model/contract.ts';
import { plinthOf } from '../nodes.ts';
import type { Rule } from '../rule.ts';
import { withOperation, withThing } from '../sample.ts';

export const capabilityOwner: Rule = {
  id: 'capability-owner',
  group: 'policy',
  severity: 'error',
  of: 'own',
  why: 'A capability without an owner has nobody to ask and nobody who mends it.',
  contract: (contract, report) => {
    const { owner } = contract.policy;
    if (owner?.team && owner.contact) return;
    report(
      undefined,
      `Nobody is named who answers for ${contract.id}.`,
      'Add below x-plinth:  owner: { team: …, contact: … }',
    );
  },
  bad: withOperation({}),
  good: `openapi: 3.1.0
info: { title: Things, version: 1.0.0 }
x-plinth: { capability: things, owner: { team: things, contact: things@example.com } }
paths: {}`,
};

export const etagOnUpdate: Rule = {
  id: 'etag-on-update',
  group: 'policy',
  severity: 'warn',
  of: 'own',
  why: 'Without If-Match the second of two people who save at once overwrites the first unseen.',
  operation: (operation, contract, report) => {
    if (operation.policy.precondition !== 'none') return;
    // A PUT to a place that nobody reads sets a member of a set; it overwrites nothing.
    const read = contract.operations.some(({ method, path }) => method === 'get' && path === operation.path);
    if (operation.method !== 'patch' && !(operation.method === 'put' && read)) return;
    report(
      operation.node,
      `${operation.id} replaces what somebody else may have changed.`,
      'Write  precondition: required  (or leave the key out).',
    );
  },
  bad: withThing({ 'x-plinth': '{ effect: write, precondition: none }' }, undefined, 'patch'),
  good: withThing({ 'x-plinth': '{ effect: write, precondition: required }' }, undefined, 'patch'),
};

const sizeNames = new Set(['limit', 'pageSize', 'page_size', 'per_page', 'perPage', 'size', 'top', '$top']);

export const pagingLimit: Rule = {
  id: 'paging-limit',
  group: 'policy',
  severity: 'warn',
  why: 'A caller who may ask for a page of any size asks for all of it.',
  operation: (operation, contract, report) => {
    for (const param of operation.params) {
      if (param.in !== 'query' || !sizeNames.has(param.name)) continue;
      const schema = follow(contract.document, param.schema);
      if (isObject(schema) && ['maximum', 'exclusiveMaximum', 'enum', 'const'].some((key) => schema[key] !== undefined))
        continue;
      report(operation.node, `${operation.id}: ${param.name} has no maximum.`, 'Add  maximum: 100.');
    }
  },
  bad: withOperation({ parameters: '[{ name: limit, in: query, schema: { type: integer } }]' }),
  good: withOperation({ parameters: '[{ name: limit, in: query, schema: { type: integer, maximum: 100 } }]' }),
};

export const rateDeclared: Rule = {
  id: 'rate-declared',
  group: 'policy',
  severity: 'warn',
  of: 'own',
  why: 'What anybody may call without signing in is called by programs all day.',
  operation: (operation, _contract, report) => {
    if (operation.security?.length !== 0 || operation.policy.effect === 'read' || operation.policy.limits.length > 0)
      return;
    report(
      operation.node,
      `${operation.id} changes something for anybody, as often as they like.`,
      'Add  limits: [{ name: calls, per: address, quota: 60, windowS: 60 }]',
    );
  },
  bad: withOperation({ security: '[]' }, undefined, 'post'),
  good: withOperation(
    {
      security: '[]',
      'x-plinth': '{ effect: write, limits: [{ name: calls, per: address, quota: 60, windowS: 60 }] }',
    },
    undefined,
    'post',
  ),
};

export const timeoutDeclared: Rule = {
  id: 'timeout-declared',
  group: 'policy',
  severity: 'info',
  of: 'own',
  why: 'The deadline of 10 seconds is a guess; whoever knows the work knows a better one.',
  contract: (contract, report) => {
    const nodes = [contract.document, ...contract.operations.map((operation) => operation.node)];
    if (nodes.some((node) => plinthOf(node)['timeoutMs'] !== undefined)) return;
    report(undefined, 'No operation says how long it may take.', 'Add below x-plinth:  timeoutMs: 5000');
  },
  bad: withOperation({}),
  good: withOperation({ 'x-plinth': '{ timeoutMs: 5000 }' }),
};

/** A planned key of an operation, as it is written. */
function writtenAt(operation: Operation, key: string): JsonValue | undefined {
  return plinthOf(operation.node)[key];
}

export const filterBinds: Rule = {
  id: 'filter-binds',
  group: 'policy',
  severity: 'warn',
  needs: 'binds',
  why: 'A filter that names no property filters nothing in the mock and proves nothing in tests.',
  operation: (operation, contract, report) => {
    for (const param of operation.params) {
      const bound = param.policy['binds'];
      if (typeof bound !== 'string' || bound.startsWith('/')) continue;
      report(contract.document, `${operation.id}: binds of ${param.name} is no JSON Pointer.`, 'Write  binds: /state.');
    }
  },
  bad: withOperation({ parameters: '[{ name: in, in: query, schema: { type: string }, x-plinth: { binds: state } }]' }),
  good: withOperation({
    parameters: '[{ name: in, in: query, schema: { type: string }, x-plinth: { binds: /state } }]',
  }),
};

export const cacheOnPersonal: Rule = {
  id: 'cache-on-personal',
  group: 'policy',
  severity: 'error',
  needs: 'cache',
  why: "A shared cache behind a sign-in shows the first caller's things to the second.",
  operation: (operation, _contract, report) => {
    const cache = writtenAt(operation, 'cache');
    if (!isObject(cache) || cache['scope'] !== 'public' || operation.security?.length === 0) return;
    report(operation.node, `${operation.id} needs a sign-in and is cached for everybody.`, 'Write  scope: private.');
  },
  bad: withOperation({ 'x-plinth': '{ cache: { ttl: PT1M, scope: public } }' }),
  good: withOperation({ 'x-plinth': '{ cache: { ttl: PT1M, scope: private } }' }),
};

export const cachePurged: Rule = {
  id: 'cache-purged',
  group: 'policy',
  severity: 'warn',
  needs: 'cache',
  why: 'After a change a cache shows what is no longer true until its time is over.',
  operation: (operation, contract, report) => {
    if (operation.policy.effect === 'read') return;
    const cache = writtenAt(operation, 'cache');
    if (isObject(cache) && cache['purges'] !== undefined) return;
    const resource = contract.resources.find(({ operations }) => operations.some(({ id }) => id === operation.id));
    const cached = contract.operations.find(
      (other) =>
        other.policy.effect === 'read' &&
        isObject(writtenAt(other, 'cache')) &&
        (other.path === operation.path || resource?.operations.some(({ id }) => id === other.id)),
    );
    if (cached !== undefined)
      report(
        operation.node,
        `${operation.id} changes what ${cached.id} keeps in a cache, and purges nothing.`,
        'Add  cache: { purges: [thing] }',
      );
  },
  bad: cachedThings('{ effect: write }'),
  good: cachedThings('{ effect: write, cache: { purges: [thing] } }'),
};

function cachedThings(policy: string): string {
  return `paths:
  /things:
    get: { operationId: listThings, security: [], x-plinth: { cache: { ttl: PT1M, scope: public, tags: [thing] } }, responses: { '200': { description: All. } } }
    post: { operationId: makeThing, security: [{ oidc: [things.write] }], x-plinth: ${policy}, responses: { '201': { description: Made. } } }`;
}

export const asyncComplete: Rule = {
  id: 'async-complete',
  group: 'policy',
  severity: 'error',
  needs: 'async',
  why: 'Work that goes on after the answer needs a place where its end can be seen.',
  operation: (operation, contract, report) => {
    const job = writtenAt(operation, 'async');
    if (!isObject(job)) return;
    const status = contract.operations.find(({ id }) => id === job['status']);
    // Jobs of our own operations are read at `/jobs/{id}`.
    const isElsewhere = job['status'] !== undefined || contract.foreign;
    if (status === undefined && isElsewhere)
      report(
        operation.node,
        `${operation.id} goes on in the background, and no operation tells how it stands.`,
        'Add  async: { status: getJob }  with the operation that reads the job.',
      );
    else if (status !== undefined && status.policy.effect !== 'read')
      report(
        operation.node,
        `${status.id} is to tell how ${operation.id} stands and changes something.`,
        'Name a GET.',
      );
    if (!operation.responses.some((response) => response.status === 202))
      report(
        operation.node,
        `${operation.id} may go on in the background and declares no 202.`,
        "Add  '202': { description: Accepted. }",
      );
  },
  bad: withOperation({ 'x-plinth': '{ effect: write, async: { mode: always, retain: P1D } }' }, undefined, 'post'),
  good: withOperation({}, undefined, 'post'),
};
