// The document served at `/openapi.json` and `/<capability>/v<major>/openapi.json`: the contract with the edge's own
// answers added to every operation, so that nothing we answer is undocumented.

import type { Contract, JsonObject, JsonValue, Operation } from '@plinth/contract';
import { follow, isObject } from '@plinth/contract/serving';
import { jobPath, jobSchema } from '../operations/jobs/document.ts';
import { edgeProblems } from './catalogue.ts';
import { stagesOf } from './stages.ts';
import { brownOutsBefore } from './stages/life.ts';

const problemRef: JsonObject = { $ref: '#/components/schemas/Problem' };

/** One contract's document. The input is not changed. */
export function servedDocument(contract: Contract): JsonObject {
  const document = structuredClone(contract.document);
  const components = asObject(document, 'components');
  const schemas = asObject(components, 'schemas');
  schemas['Problem'] ??= problemSchema();
  for (const operation of contract.operations) addAnswers(contract, operation, document);
  return document;
}

/** All contracts in one document. Components are prefixed by the contract's id, so equal names do not meet. */
export function servedTogether(contracts: readonly Contract[], title: string, version: string): JsonObject {
  const together: JsonObject = {
    openapi: '3.1.0',
    info: { title, version },
    servers: [{ url: '/' }],
    tags: [],
    paths: {},
    components: {},
  };
  for (const contract of contracts) merge(together, contract);
  addJobs(together, contracts);
  return together;
}

function merge(together: JsonObject, contract: Contract): void {
  const renamed = rename(servedDocument(contract), contract.id) as JsonObject;
  const paths = asObject(together, 'paths');
  for (const [path, item] of Object.entries((renamed['paths'] ?? {}) as JsonObject))
    paths[contract.basePath + path] = item;
  for (const operation of contract.operations) addPolicy(paths, contract, operation);
  for (const [kind, entries] of Object.entries((renamed['components'] ?? {}) as JsonObject)) {
    const target = asObject(asObject(together, 'components'), kind);
    for (const [name, entry] of Object.entries(entries as JsonObject)) {
      target[kind === 'securitySchemes' ? name : `${contract.id}.${name}`] = entry;
    }
  }
  (together['tags'] as JsonValue[]).push(...((renamed['tags'] ?? []) as JsonValue[]));
}

/** In one document the policy of a contract has no place of its own: each operation carries what is in force for it. */
function addPolicy(paths: JsonObject, contract: Contract, operation: Operation): void {
  const item = paths[contract.basePath + operation.path] as JsonObject | undefined;
  const node = item?.[operation.method] as JsonObject | undefined;
  if (node === undefined) return;
  const { audience, channel, effect, idempotency, stage } = operation.policy;
  const policy = asObject(node, 'x-plinth');
  policy['capability'] = contract.id;
  policy['audience'] = [...audience];
  policy['stage'] = stage;
  policy['idempotency'] = idempotency.mode;
  if (channel !== undefined) policy['channel'] = [...channel];
  if (effect !== undefined) policy['effect'] = effect;
}

/** Prefixes references to components (security schemes are known by name, not by reference). */
function rename(value: JsonValue, prefix: string, depth = 0): JsonValue {
  if (typeof value !== 'object' || value === null || depth > 256) return value;
  if (Array.isArray(value)) return value.map((item) => rename(item, prefix, depth + 1));
  const entries = Object.entries(value).map(([name, member]) => {
    const isReference = name === '$ref' && typeof member === 'string';
    const renamed = isReference
      ? member.replace(/^#\/components\/(\w+)\//, `#/components/$1/${prefix}.`)
      : rename(member, prefix, depth + 1);
    return [name, renamed] as const;
  });
  return Object.fromEntries(entries);
}

function addAnswers(contract: Contract, operation: Operation, document: JsonObject): void {
  const paths = (document['paths'] ?? {}) as JsonObject;
  const item = paths[operation.path] as JsonObject | undefined;
  const node = item?.[operation.method] as JsonObject | undefined;
  if (node === undefined) return;
  const answers = asObject(node, 'responses');
  const { deprecation } = operation.policy;
  if (deprecation !== undefined)
    asObject(node, 'x-plinth')['deprecation'] = { ...deprecation, brownOuts: brownOutsBefore(deprecation.sunset) };
  if (hasValidator(contract, operation))
    answers['304'] ??= { description: 'Not changed since the answer whose ETag was sent in If-None-Match.' };
  if (operation.policy.async !== undefined) addAccepted(answers, document);
  const byStatus = new Map<number, string[]>();
  for (const code of codesOf(contract, operation)) {
    const status = edgeProblems.get(code)?.status ?? contract.problems.find((entry) => entry.code === code)?.status;
    if (status !== undefined) byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
  }
  for (const [status, codes] of [...byStatus].toSorted(([left], [right]) => left - right)) {
    answers[String(status)] ??= {
      description: codes.join(', '),
      content: { 'application/problem+json': { schema: problemRef } },
    };
  }
}

/** 202 with the job. Where the contract says what a 202 looks like, its own operations tell of the work. */
function addAccepted(answers: JsonObject, document: JsonObject): void {
  const declared = answers['202'] as JsonObject | undefined;
  if (declared?.['content'] !== undefined) return;
  asObject(asObject(document, 'components'), 'schemas')['Job'] ??= jobSchema();
  answers['202'] = {
    description: 'The work goes on as a job.',
    ...declared,
    headers: {
      Location: { description: 'Where the job is read.', schema: { type: 'string', format: 'uri-reference' } },
      'Retry-After': { description: 'Seconds until it is worth asking.', schema: { type: 'integer' } },
    },
    content: { 'application/json': { schema: { $ref: '#/components/schemas/Job' } } },
  };
}

/** Where jobs are read and cancelled, when an operation of these contracts may become one. */
function addJobs(together: JsonObject, contracts: readonly Contract[]): void {
  const isAsync = contracts.some(({ operations }) => operations.some(({ policy }) => policy.async !== undefined));
  if (!isAsync) return;
  const schemas = asObject(asObject(together, 'components'), 'schemas');
  schemas['Problem'] ??= problemSchema();
  schemas['Job'] ??= jobSchema();
  (together['tags'] as JsonValue[]).push({ name: 'Jobs', description: 'Calls that go on after their 202.' });
  asObject(together, 'paths')['/jobs/{id}'] = jobPath((code) => edgeProblems.get(code)?.status);
}

/** What the stages of this operation can answer with, and its declared problems. */
function codesOf(contract: Contract, operation: Operation): string[] {
  const { policy, security } = operation;
  const isPublic = security === undefined || security.length === 0;
  const writes = policy.effect !== 'read';
  const needed: Record<string, boolean> = {
    'step-up': policy.stepUp !== undefined,
    leave: policy.deprecation !== undefined || ['retired', 'draft', 'preview'].includes(policy.stage),
    life: policy.deprecation !== undefined || policy.stage === 'retired',
    authenticate: !isPublic,
    authorize: !isPublic,
    consent: policy.purpose.length > 0,
    owner: policy.ownerCheck.some((check) => check.id !== undefined),
    'owner of the body': false,
    'read body': operation.body !== undefined,
    'validate body': operation.body !== undefined,
    receive: policy.webhookIn !== undefined,
    'callback addresses': operation.callbacks.length > 0,
    'read cache': policy.cache?.ttlS !== undefined,
    confirm: writes && policy.audience.includes('agent') && policy.skill?.confirm !== 'never',
  };
  const codes = stagesOf(operation)
    .filter((stage) => stage.at !== 'entry' && needed[stage.name] !== false)
    .flatMap((stage) => stage.refuses);
  // The one refusal of `route` that comes when the operation is known, and what handlers and ports end with.
  codes.push('not-acceptable', 'conflicting-state', 'upstream-failed', 'storage-full', 'precondition-failed');
  const isConditional = writes || hasValidator(contract, operation);
  const idempotent = writes && policy.idempotency.mode !== 'none';
  const fits = (code: string): boolean =>
    (code !== 'opt-in-required' || policy.stage === 'draft' || policy.stage === 'preview') &&
    (idempotent || !code.startsWith('idempotency')) &&
    (policy.precondition === 'required' || code !== 'precondition-required') &&
    (isConditional || code !== 'precondition-failed');
  return [
    ...codes.filter(fits),
    ...policy.problems.filter((code) => contract.problems.some((entry) => entry.code === code)),
  ];
}

/** Whether its answers have an ETag: they are cached, or have a version. */
function hasValidator(contract: Contract, { method, policy, responses }: Operation): boolean {
  if (method !== 'get' && method !== 'head') return false;
  if (policy.cache?.ttlS !== undefined) return true;
  const shapes = responses
    .filter(({ status }) => status === 200)
    .flatMap(({ media }) => media.map(({ schema }) => schema));
  return shapes.some((shape) => mayHaveVersion(contract.document, shape));
}

function mayHaveVersion(document: JsonObject, schema: JsonValue | undefined, depth = 0): boolean {
  const shape = follow(document, schema);
  if (!isObject(shape) || depth > 16) return false;
  if (isObject(shape['properties']) && shape['properties']['version'] !== undefined) return true;
  return ['allOf', 'anyOf', 'oneOf'].some((word) => {
    const parts = shape[word];
    return Array.isArray(parts) && parts.some((part) => mayHaveVersion(document, part, depth + 1));
  });
}

function asObject(parent: JsonObject, name: string): JsonObject {
  const found = parent[name];
  if (typeof found === 'object' && found !== null && !Array.isArray(found)) return found;
  const made: JsonObject = {};
  parent[name] = made;
  return made;
}

function problemSchema(): JsonObject {
  return {
    type: 'object',
    title: 'Problem',
    description: 'Why a call was refused or failed (RFC 9457), and what to do next.',
    required: ['type', 'title', 'status', 'detail', 'instance', 'code', 'retryable', 'advice'],
    properties: {
      type: { type: 'string', format: 'uri-reference' },
      title: { type: 'string' },
      status: { type: 'integer' },
      detail: { type: 'string' },
      instance: { type: 'string', description: 'Quote this when you ask for help.' },
      code: { type: 'string' },
      retryable: { type: 'boolean' },
      advice: { type: 'string' },
      errors: { type: 'array', maxItems: 50, items: { type: 'object' } },
      next: { type: 'array', items: { type: 'object' } },
      currentState: { type: 'string' },
    },
  };
}
