// Moves between states, events and signals: what happens is declared, and what is declared can happen.

import { follow, isObject } from '../../load/pointer.ts';
import type { Contract, JsonValue, Operation, States } from '../../model/contract.ts';
import { answerSchemas, plinthOf, propertiesOf } from '../nodes.ts';
import type { Rule } from '../rule.ts';
import { withOperation } from '../sample.ts';
import { machine, machines } from './states.ts';

const timers = '[{ name: stop, from: [on], to: off, by: timer }]';

export const moveOperation: Rule = {
  id: 'move-operation',
  group: 'states',
  severity: 'error',
  why: 'A move that no operation makes never happens.',
  contract: (contract, report) => {
    const known = new Set(contract.operations.map((operation) => operation.id));
    for (const { schema, states } of machines(contract)) {
      for (const { name, by } of states.moves) {
        if (by === 'timer' || by.startsWith('event:') || known.has(by)) continue;
        report(
          schema,
          `The move ${name} is made by ${by}, which is no operation.`,
          'Use an operationId, event:<type> or timer.',
        );
      }
    }
  },
  bad: withOperation({}, machine('[on, off]', '[{ name: stop, from: [on], to: off, by: nobody }]')),
  good: withOperation({}, machine('[on, off]', timers)),
};

export const statesFinal: Rule = {
  id: 'states-final',
  group: 'states',
  severity: 'warn',
  why: 'A final state that can be left is not final, and a machine without an end keeps every thing for ever.',
  contract: (contract, report) => {
    for (const { schema, states } of machines(contract)) {
      for (const state of states.final) {
        // What is done in vain there leaves it where it is.
        const move = states.moves.find(({ from, to }) => from.includes(state) && to !== state);
        if (move !== undefined)
          report(
            schema,
            `"${state}" is final, and the move ${move.name} leaves it.`,
            'Take it out of final, or remove the move.',
          );
      }
    }
  },
  bad: withOperation(
    {},
    machine(
      '[on, off]',
      '[{ name: stop, from: [on], to: off, by: timer }, { name: start, from: [off], to: on, by: timer }]',
    ),
  ),
  good: withOperation(
    {},
    machine(
      '[on, off]',
      '[{ name: stop, from: [on], to: off, by: timer }, { name: stopAgain, from: [off], to: off, by: timer }]',
    ),
  ),
};

export const transition409: Rule = {
  id: 'transition-409',
  group: 'states',
  severity: 'warn',
  of: 'foreign',
  why: 'A move that is not allowed now is refused with 409, and callers must know. (The edge declares it by itself for a contract of ours.)',
  contract: (contract, report) => {
    for (const { states } of machines(contract)) {
      for (const operation of movers(contract, states)) {
        const declared = operation.responses.some(
          ({ status }) => status === 409 || status === '4XX' || status === 'default',
        );
        if (!declared)
          report(
            operation.node,
            `${operation.id} makes a move and declares no 409.`,
            "Add  '409': { description: Not now. }",
          );
      }
    }
  },
  bad: stopping(''),
  good: stopping(", '409': { description: Not now. }"),
};

function movers(contract: Contract, states: States): Operation[] {
  const by = new Set(states.moves.map((move) => move.by));
  return contract.operations.filter(({ id }) => by.has(id));
}

function stopping(more: string): string {
  return `openapi: 3.1.0
info: { title: Things, version: 1.0.0 }
paths:
  /things/{id}/stops:
    parameters: [{ name: id, in: path, required: true, schema: { type: string } }]
    post: { operationId: stop, responses: { '200': { description: Stopped. }${more} } }
components: { schemas: { ${machine('[on, off]', '[{ name: stop, from: [on], to: off, by: stop }]')} } }`;
}

export const writeEmits: Rule = {
  id: 'write-emits',
  group: 'states',
  severity: 'warn',
  of: 'own',
  why: 'A change that no event tells of is seen by no page, timeline, webhook or reaction.',
  operation: (operation, contract, report) => {
    const { effect, emits } = operation.policy;
    if (effect === undefined || effect === 'read' || emits.length > 0) return;
    // `emits: []` is the written word that nobody needs to know.
    if (Array.isArray(plinthOf(operation.node)['emits']) || contract.events.length === 0) return;
    report(
      operation.node,
      `${operation.id} changes something and tells nobody.`,
      'Add  emits: [thing.changed], or  emits: []  if nobody needs to know.',
    );
  },
  bad: withOperation({}, undefined, 'post'),
  good: withOperation({ 'x-plinth': '{ effect: write, emits: [thing.made] }' }, undefined, 'post'),
};

export const signalPointer: Rule = {
  id: 'signal-pointer',
  group: 'states',
  severity: 'error',
  of: 'own',
  why: 'A signal that points at nothing arrives empty.',
  operation: (operation, contract, report) => {
    for (const [name, where] of Object.entries(operation.policy.signal?.data ?? {})) {
      if (leads(contract, operation, where)) continue;
      report(
        operation.node,
        `${operation.id}: the signal's ${name} points at ${where}, which is not there.`,
        'Use query.x, path.x, header.x, body#/x or response.body#/x.',
      );
    }
  },
  bad: withOperation({ 'x-plinth': '{ signal: { type: thing.seen, data: { id: response.body#/nothing } } }' }),
  good: withOperation({ 'x-plinth': '{ signal: { type: thing.seen, data: { id: response.body#/id } } }' }),
};

function leads(contract: Contract, operation: Operation, where: string): boolean {
  const param = /^\$?(?:request\.)?(query|path|header)\.(.+)$/.exec(where);
  if (param) return operation.params.some((one) => one.in === param[1] && one.name === param[2]);
  const body = /^\$?(?:request\.)?(response\.)?body#(\/.*)?$/.exec(where);
  if (!body) return where === '$principal';
  const roots =
    body[1] === undefined
      ? (operation.body?.media ?? []).map((media) => media.schema ?? true)
      : answerSchemas(operation);
  return roots.some((root) => reaches(contract, root, (body[2] ?? '').split('/').slice(1)));
}

/** True when a schema describes something at these steps; a part that allows anything counts. */
function reaches(contract: Contract, schema: JsonValue, steps: readonly string[]): boolean {
  const [step, ...rest] = steps;
  if (step === undefined) return true;
  const node = follow(contract.document, schema);
  if (!isObject(node)) return schema === true;
  const own = propertiesOf(node).find(([name]) => name === step);
  if (own) return reaches(contract, own[1], rest);
  if (isObject(node['items']) && /^\d+$/.test(step)) return reaches(contract, node['items'], rest);
  return ['allOf', 'oneOf', 'anyOf'].some((key) => {
    const parts = node[key];
    return Array.isArray(parts) && parts.some((part) => reaches(contract, part, steps));
  });
}

export const webhookSigned: Rule = {
  id: 'webhook-signed',
  group: 'states',
  severity: 'warn',
  needs: 'delivery',
  why: 'A webhook without a signature can be sent by anybody.',
  contract: (contract, report) => {
    for (const hook of contract.webhooks) {
      const delivery = plinthOf(hook.node)['delivery'];
      const signed = hook.params.some((param) => param.in === 'header' && /signature/i.test(param.name));
      if (!isObject(delivery) && !signed)
        report(
          hook.node,
          `The webhook ${hook.path.slice(1)} is not signed.`,
          'Add  x-plinth: { delivery: { event: thing.made } }',
        );
    }
  },
  bad: hooked(''),
  good: hooked(', x-plinth: { delivery: { event: thing.made } }'),
};

export const webhookSubscribe: Rule = {
  id: 'webhook-subscribe',
  group: 'states',
  severity: 'info',
  why: 'A webhook that nobody can subscribe to is set up by hand, one mail at a time.',
  contract: (contract, report) => {
    if (contract.webhooks.length === 0) return;
    const some = contract.operations.some(
      (operation) =>
        operation.method === 'post' && /webhook|subscription|callback/i.test(`${operation.path} ${operation.id}`),
    );
    if (!some)
      report(
        contract.webhooks[0]?.node,
        'No operation subscribes to the webhooks.',
        'Add  POST /webhook-subscriptions.',
      );
  },
  bad: hooked(''),
  good: hooked('').replace(
    'paths: {}',
    "paths: { /webhook-subscriptions: { post: { operationId: subscribe, responses: { '201': { description: Made. } } } } }",
  ),
};

function hooked(more: string): string {
  return `openapi: 3.1.0
info: { title: Things, version: 1.0.0 }
paths: {}
webhooks: { thingMade: { post: { operationId: onThingMade${more}, responses: { '200': { description: Heard. } } } } }`;
}
