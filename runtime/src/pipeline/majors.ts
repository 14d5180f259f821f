// An earlier major beside the present one: its own contract, its own path, and pure functions over the present handlers.
// `up.ts` makes a request of today out of one of then, `down.ts` an answer of then out of one of today.

import type { Contract } from '@plinth/contract';
import type { Adapters, BoundHandler } from '../capability.ts';
import type { Reply } from '../context.ts';
import { isProblem } from '../kernel/index.ts';

type Input = Record<string, unknown>;

/** `orders@1`: an earlier major in names of operations, records and metrics; the present one is `orders`. */
export function idOfMajor(capability: string, major: number): string {
  return `${capability}@${major}`;
}

/** The capability that a contract of any major belongs to. */
export function capabilityOf({ id }: Pick<Contract, 'id'>): string {
  return id.split('@', 1)[0] ?? id;
}

/** True for an earlier major: it is answered, and offered to nobody anew. */
export function isEarlierMajor({ id }: Pick<Contract, 'id'>): boolean {
  return id.includes('@');
}

/**
 * Handlers of the earlier contract. An operation that today's handlers do not know stays without one. Throws an Error in
 * words for an adapter of an operation that the earlier contract does not have.
 */
export function adaptMajor(
  earlier: Contract,
  present: Readonly<Record<string, BoundHandler>>,
  { operations = {}, up, down }: Adapters,
): Record<string, BoundHandler> {
  const known = new Set(earlier.operations.map(({ id }) => id));
  const odd = [up, down, operations].flatMap((each) => Object.keys(each)).find((id) => !known.has(id));
  if (odd !== undefined) throw new Error(`there is an adapter of ${odd}, which ${earlier.id} does not have`);
  const handlers: Record<string, BoundHandler> = {};
  for (const { id } of earlier.operations) {
    const target = present[operations[id] ?? id];
    if (target !== undefined) handlers[id] = adapt(target, up[id], down[id]);
  }
  return handlers;
}

function adapt(target: BoundHandler, up: Adapters['up'][string] = same, down?: Adapters['down'][string]): BoundHandler {
  // The handler is typed by today's contract, the adapters by both; here they meet as what they are.
  const answer = target.run as (input: Input, ctx: unknown) => Promise<unknown>;
  const run = async (input: Input, ctx: unknown): Promise<unknown> => {
    const result = await answer(up(structuredClone(input)), ctx);
    return down === undefined || isProblem(result) ? result : down(result as Reply, input);
  };
  return { kind: target.kind, run: run as never };
}

function same(input: Input): Input {
  return input;
}
