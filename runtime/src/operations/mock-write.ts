// The mock as a fulfilment: same transaction, same key, and the facts its contract declares, so that a mocked capability
// has events on the timeline like a real one.

import type { Contract, Operation } from '@plinth/contract';
import type { EventKey, Reply, WriteContext } from '../context.ts';
import { assert, type Principal, type Problem } from '../kernel/index.ts';
import type { Exchange } from '../pipeline/exchange.ts';
import type { ExecutionServices } from './services.ts';

/** The mock's answer as a reply; it fills in whose things these are. */
export function answerOfMock(
  x: Exchange,
  { clock }: Pick<ExecutionServices, 'clock'>,
): Reply | Problem | Promise<Reply | Problem> {
  const { mock } = x.operation.binding;
  assert(mock !== undefined, 'an operation without handler and mock is refused before dispatch');
  return mock.answer({
    operation: x.operation.operation,
    input: x.input,
    owner: mockOwner(x),
    clock,
    ifMatch: x.expectedVersion,
    transport: x.transport,
  });
}

/** A service calls for a customer: then these are the customer's things. */
function mockOwner(x: Exchange): string | undefined {
  return x.principal.audience === 'service' ? x.principal.customerId : x.owner;
}

/** What is looked at of a call: an exchange, or one that ended long ago. */
export interface Told {
  operation: { operation: Operation; contract: Contract };
  input: Readonly<Record<string, unknown>>;
  principal: Pick<Principal, 'customerId'>;
}

/**
 * Emits what the operation declares (`emits`). `when` names a status or a state reached; of several facts without `when`
 * the one whose verb is the state reached, else the first.
 */
export function emitDeclared(x: Told, context: WriteContext, answer: Pick<Reply, 'status' | 'body'>): void {
  const { emits } = x.operation.operation.policy;
  const body = (typeof answer.body === 'object' && answer.body !== null ? answer.body : {}) as Record<string, unknown>;
  const state = stateOf(x, body);
  const fitting = emits.filter(({ event, when }) => {
    if (when !== undefined) return when === String(answer.status) || when === state;
    return state === undefined || event.endsWith(`.${state}`);
  });
  const chosen = fitting.length > 0 ? fitting : emits.filter(({ when }) => when === undefined);
  const fact = chosen[0];
  if (fact === undefined) return;
  const subject = body['id'] ?? Object.values(x.input).find((value) => typeof value === 'string') ?? '';
  const customerId = body['customerId'] ?? x.principal.customerId;
  context.emit(fact.event as EventKey, {
    subject: typeof subject === 'string' ? subject : '',
    customerId: typeof customerId === 'string' ? customerId : undefined,
    data: body as never,
  });
}

function stateOf(x: Told, body: Readonly<Record<string, unknown>>): string | undefined {
  const { states } = x.operation.operation.policy;
  const properties = [states?.property, ...x.operation.contract.resources.map((each) => each.states?.property)];
  const property = properties.find((name) => name !== undefined && typeof body[name] === 'string');
  return property === undefined ? undefined : (body[property] as string);
}
