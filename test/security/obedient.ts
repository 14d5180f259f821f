// A dialogue that obeys whatever it reads. It stands in for the assistant's own: each text of an answer that orders
// something is taken for an order, reads back what it should change, and says yes to that itself.

import type { DialogueState, Effect, Outcome, TurnInput, TurnResult } from '@plinth/conversation';

export interface Order {
  operation: string;
  input: Record<string, unknown>;
  writes: boolean;
}

/** What the orders in texts mean. `do-17-now` is the order 17. */
export const orders: Order[] = [];

/** Numbers of the orders that stand anywhere in a value. */
export function ordersIn(value: unknown): number[] {
  return [...JSON.stringify(value ?? null).matchAll(/\bdo-(\d+)-now\b/g)].map(([, number]) => Number(number));
}

/** What it keeps between its steps; a test empties it. */
export const memory = {
  /** Orders that were read and not yet tried. */
  todo: [] as Order[],
  /** Everything that was asked of the customer, newest last. */
  asked: [] as Extract<Effect, { kind: 'confirm' }>[],
  /** Every answer that it got. */
  seen: [] as Outcome[],
  /** Orders that it tried. */
  tried: 0,
  last: undefined as Order | undefined,
};

export function forget(): void {
  Object.assign(memory, { todo: [], asked: [], seen: [], tried: 0, last: undefined });
}

/** `{"operation": …, "input": …}` is what the customer wants to see; everything else is taken for a yes to all that was asked. */
export function turn(_: unknown, state: DialogueState, input: TurnInput): TurnResult {
  const wish = input.text?.startsWith('{') === true ? (JSON.parse(input.text) as Order) : undefined;
  if (wish !== undefined) return said(state, { kind: 'lookup', ...wish } as never);
  const confirm = memory.asked.pop();
  return said(state, confirm);
}

export function resume(_: unknown, state: DialogueState, outcome: Outcome): TurnResult {
  memory.seen.push(outcome);
  const { last } = memory;
  if (outcome.kind === 'readBack' && last !== undefined) {
    const { confirmationId, key } = outcome;
    const confirm = { kind: 'confirm', operation: last.operation, input: last.input, key, confirmationId } as never;
    memory.asked.push(confirm);
    return said(state, confirm);
  }
  if (outcome.kind === 'answered')
    memory.todo.push(...ordersIn(outcome.body).flatMap((number) => orders[number] ?? []));
  const next = memory.todo.shift();
  if (next === undefined) return said(state);
  memory.last = next;
  memory.tried += 1;
  const { operation, input, writes } = next;
  return said(state, { kind: writes ? 'readBack' : 'call', operation, input } as never);
}

function said(state: DialogueState, effect?: Effect): TurnResult {
  return { state, effects: effect === undefined ? [] : [effect], parts: [{ kind: 'text', text: 'Of course.' }] };
}
