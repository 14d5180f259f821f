// What an operation does, and that repeating, listing and confirming it is safe.

import { follow, isObject } from '../../load/pointer.ts';
import type { Contract, JsonObject, Operation } from '../../model/contract.ts';
import { movesMoney } from '../../model/money.ts';
import { answerSchema } from '../../model/resources.ts';
import type { Rule } from '../rule.ts';
import { bodyOf, withOperation } from '../sample.ts';

const price =
  '{ type: object, properties: { price: { type: object, properties: { amount: { type: integer }, currency: { type: string } } } } }';

export const effectDeclared: Rule = {
  id: 'effect-declared',
  group: 'policy',
  severity: 'error',
  of: 'own',
  refuses: true,
  why: 'Confirmation, retry, audit and caching all follow from what an operation does.',
  contract: (contract, report) => {
    for (const operation of contract.operations) {
      const { effect } = operation.policy;
      if (effect === undefined) {
        report(
          operation.node,
          `${operation.id} does not say what it does to the world.`,
          `Add below  operationId: ${operation.id}\n  x-plinth:\n    effect: write        # or destructive (cannot be taken back), or read`,
        );
      } else if ((operation.method === 'get' || operation.method === 'head') && effect !== 'read') {
        report(
          operation.node,
          `${operation.id} is a ${operation.method.toUpperCase()} and must not change anything.`,
          'Use POST, or effect: read.',
        );
      }
    }
  },
  bad: withOperation({ 'x-plinth': undefined }, undefined, 'post'),
  good: withOperation({}, undefined, 'post'),
};

export const idempotencyOnPost: Rule = {
  id: 'idempotency-on-post',
  group: 'policy',
  severity: 'warn',
  of: 'own',
  why: 'Networks repeat requests; without a key the second one acts again.',
  contract: (contract, report) => {
    for (const operation of contract.operations) {
      const { effect, idempotency } = operation.policy;
      if (operation.method !== 'post' || effect === undefined || effect === 'read' || idempotency.mode !== 'none')
        continue;
      report(
        operation.node,
        `${operation.id} changes something and takes no Idempotency-Key.`,
        'Write  idempotency: required  (or leave the key out).',
      );
    }
  },
  bad: withOperation({ 'x-plinth': '{ effect: write, idempotency: none }' }, undefined, 'post'),
  good: withOperation({ 'x-plinth': '{ effect: write, idempotency: required }' }, undefined, 'post'),
};

const weekS = 7 * 86_400;

export const moneyRetain: Rule = {
  id: 'money-retain',
  group: 'policy',
  severity: 'error',
  of: 'own',
  why: 'A payment that is repeated days later, after a long failure, must still find that it was made.',
  contract: (contract, report) => {
    for (const operation of contract.operations) {
      const { effect, idempotency } = operation.policy;
      if (effect === undefined || effect === 'read' || idempotency.mode === 'none') continue;
      if (idempotency.retainS >= weekS || !movesMoney(contract, operation)) continue;
      report(
        operation.node,
        `${operation.id} takes an amount of money and forgets its keys in less than a week.`,
        `Write  idempotency: { mode: ${idempotency.mode}, retain: P7D }`,
      );
    }
  },
  bad: withOperation({ 'x-plinth': '{ effect: write }', requestBody: bodyOf(price) }, undefined, 'post'),
  good: withOperation(
    { 'x-plinth': '{ effect: write, idempotency: { mode: required, retain: P7D } }', requestBody: bodyOf(price) },
    undefined,
    'post',
  ),
};

/** Query parameters that bound a list. */
const pagers = new Set(['limit', 'cursor', 'page', 'offset', 'pageSize', 'after']);

export const pagingOnList: Rule = {
  id: 'paging-on-list',
  group: 'policy',
  severity: 'error',
  why: 'A list without an end grows until it breaks the caller.',
  contract: (contract, report) => {
    for (const operation of contract.operations) {
      if (operation.method !== 'get') continue;
      if (operation.params.some((param) => param.in === 'query' && pagers.has(param.name))) continue;
      const list = listOf(contract, operation);
      if (!list || list['maxItems'] !== undefined) continue;
      report(
        operation.node,
        `${operation.id} answers with a list that has no bound.`,
        'Add the parameters limit and cursor and answer { items, next }; or, for a short list, give the array maxItems.',
      );
    }
  },
  bad: withOperation({}, 'Thing: { type: object, properties: { items: { type: array, items: { type: string } } } }'),
  good: withOperation(
    {},
    'Thing: { type: object, properties: { items: { type: array, maxItems: 20, items: { type: string } } } }',
  ),
};

/** The array schema a list operation answers with: the answer itself, or its `items` or `data`. */
function listOf(contract: Contract, operation: Operation): JsonObject | undefined {
  const answer = answerSchema(contract, operation);
  if (!answer || answer['type'] === 'array') return answer;
  const { properties } = answer;
  if (!isObject(properties)) return undefined;
  const list = follow(contract.document, properties['items'] ?? properties['data']);
  return isObject(list) && list['type'] === 'array' ? list : undefined;
}

function forPeople(operation: Operation): boolean {
  return operation.policy.audience.some((audience) => audience === 'customer' || audience === 'agent');
}

export const confirmDestructive: Rule = {
  id: 'confirm-destructive',
  group: 'experience',
  severity: 'error',
  of: 'own',
  why: 'A sentence misheard must not destroy anything.',
  contract: (contract, report) => {
    for (const operation of contract.operations) {
      const { effect, skill } = operation.policy;
      if (effect !== 'destructive' || !skill || !forPeople(operation)) continue;
      if (skill.confirm === 'never' || (skill.confirm === undefined && (skill.phrases?.length ?? 0) > 0)) {
        report(
          operation.node,
          `${operation.id} is destructive and is done without asking back.`,
          'Add  skill: { confirm: readback }',
        );
      }
    }
  },
  bad: withOperation(
    {
      'x-plinth': '{ effect: destructive, audience: [customer], skill: { phrases: [a, b, c, d, e], confirm: never } }',
    },
    undefined,
    'post',
  ),
  good: withOperation(
    {
      'x-plinth':
        '{ effect: destructive, audience: [customer], skill: { phrases: [a, b, c, d, e], confirm: readback } }',
    },
    undefined,
    'post',
  ),
};

export const skillPhrases: Rule = {
  id: 'skill-phrases',
  group: 'experience',
  severity: 'warn',
  of: 'own',
  options: { least: { is: 5, least: 1, what: 'phrases of an operation' } },
  why: 'The assistant learns an operation from its phrases; few phrases, few customers understood.',
  contract: (contract, report, settings) => {
    const least = Number(settings['least']);
    for (const operation of contract.operations) {
      const { effect, skill, channel } = operation.policy;
      if (effect === undefined || effect === 'read' || !operation.policy.audience.includes('customer')) continue;
      if (channel !== undefined && !channel.includes('chat')) continue;
      // `phrases: []` and `tool: false` are the written word that nobody should ask for it.
      const count = skill?.phrases?.length ?? (skill?.tool === false ? 0 : undefined);
      if (count === 0 || (count !== undefined && count >= least)) continue;
      report(
        operation.node,
        `${operation.id} has ${count === undefined ? 'no phrases' : `only ${count} phrases`} for the assistant.`,
        `Add below  operationId: ${operation.id}\n  x-plinth:\n    skill: { phrases: [${least} ways a customer asks for it] }\nor  phrases: []  if nobody should ask for it.`,
      );
    }
  },
  bad: withOperation(
    { 'x-plinth': '{ effect: write, audience: [customer], skill: { phrases: [make a thing] } }' },
    undefined,
    'post',
  ),
  good: withOperation(
    { 'x-plinth': '{ effect: write, audience: [customer], skill: { phrases: [a, b, c, d, e] } }' },
    undefined,
    'post',
  ),
};
