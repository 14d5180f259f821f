// Facts of an operation that nobody's code tells: mocks, and upstreams, now or when their answer is found out late. What is
// told, and with which data, stands in the contract.

import {
  type BodyReader,
  compileBody,
  type Contract,
  declaredMembers,
  type EventType,
  type Operation,
  type States,
} from '@plinth/contract/serving';
import type { EventKey, Reply, WriteContext } from '../context.ts';
import type { Principal } from '../kernel/index.ts';
import type { Binding } from '../pipeline/edge.ts';

/** What is looked at of a call: an exchange, or one that ended long ago. */
export interface Told {
  operation: { operation: Operation; contract: Contract; binding?: Pick<Binding, 'untold'> };
  input: Readonly<Record<string, unknown>>;
  principal: Pick<Principal, 'customerId'>;
}

type Members = Readonly<Record<string, unknown>>;

/**
 * Emits every fact that the operation declares for this answer (`emits`). One with `when` is told at that status, state or
 * move; one whose verb is a state of its thing (`payment.authorized`), when that is the state reached; any other always.
 */
export function emitDeclared(x: Told, context: WriteContext, answer: Pick<Reply, 'status' | 'body'>): void {
  const { contract } = x.operation;
  const body = isMembers(answer.body) ? answer.body : {};
  const subject = body['id'] ?? Object.values(x.input).find((value) => typeof value === 'string') ?? '';
  const customerId = body['customerId'] ?? x.principal.customerId;
  for (const event of eventsOf(x, { status: answer.status, body })) {
    context.emit(event as EventKey, {
      subject: typeof subject === 'string' ? subject : '',
      customerId: typeof customerId === 'string' ? customerId : undefined,
      data: dataOf(event, contract, { body, input: x.input }) as never,
    });
  }
}

function eventsOf(
  { operation: { operation, contract, binding } }: Told,
  { status, body }: { status: number; body: Members },
): string[] {
  const { emits } = operation.policy;
  const untold = binding?.untold?.[operation.id] ?? [];
  let isOpen = true;
  return emits.flatMap(({ event, when }) => {
    const states = statesOf(event, operation, contract);
    const state = states === undefined ? undefined : body[states.property];
    if (untold.includes(event)) return [];
    if (when !== undefined) {
      const isMove = states?.moves.some(({ name, to }) => name === when && to === state) === true;
      return when === String(status) || when === state || isMove ? [event] : [];
    }
    if (states === undefined || !wordsOf(states).has(verbOf(event))) return [event];
    if (typeof state === 'string') return state === verbOf(event) ? [event] : [];
    // The answer does not say which of them it is: the first stands for all.
    const isFirst = isOpen;
    isOpen = false;
    return isFirst ? [event] : [];
  });
}

/** True for one of several facts of which the state reached picks one. */
export function isAlternative(event: string, operation: Operation, contract: Contract): boolean {
  const states = statesOf(event, operation, contract);
  return states !== undefined && wordsOf(states).has(verbOf(event));
}

/** States of the thing that the event is about. */
export function statesOf(event: string, { policy }: Operation, { resources }: Contract): States | undefined {
  const noun = event.slice(0, event.lastIndexOf('.'));
  return resources.find(({ name, states }) => name === noun && states !== undefined)?.states ?? policy.states;
}

function verbOf(event: string): string {
  return event.slice(event.lastIndexOf('.') + 1);
}

function wordsOf({ initial, final, moves }: States): ReadonlySet<string> {
  return new Set([initial, ...final, ...moves.flatMap(({ from, to }) => [...from, to])]);
}

/** What the event's schema declares, from the answer; what that does not have, from the request. */
function dataOf(event: string, contract: Contract, { body, input }: { body: Members; input: Members }): Members {
  const declared = contract.events.find(({ type }) => type === event);
  if (declared === undefined) return body;
  const asked = { ...input, ...(isMembers(input['body']) ? input['body'] : {}) };
  const { properties } = declaredMembers(declared.data, contract.document);
  const added = Object.entries(asked).filter(([name]) => properties.has(name) && !Object.hasOwn(body, name));
  return shapeOf(declared, contract).project({ ...Object.fromEntries(added), ...body }) as Members;
}

/** By event, for as long as its contract is there. */
const shapes = new WeakMap<EventType, BodyReader>();

function shapeOf(event: EventType, { document }: Contract): BodyReader {
  let shape = shapes.get(event);
  if (shape === undefined)
    shapes.set(event, (shape = compileBody(event.data, document, { unknown: 'drop', direction: 'response' })));
  return shape;
}

function isMembers(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
