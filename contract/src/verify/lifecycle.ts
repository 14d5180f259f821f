// Which operations belong to the life of one kind of thing: made at a collection, read, listed, changed, moved, removed.

import type { Contract, Operation, States } from '../model/contract.ts';

export interface Lifecycle {
  /** The path variable that names a thing. */
  variable: string;
  read: Operation;
  create?: Operation;
  list?: Operation;
  /** PATCH and PUT of one thing. */
  changes: Operation[];
  remove?: Operation;
  states?: States;
  /** Operations of the declared moves that name the thing in their path. */
  movers: Operation[];
}

/** Lives of the things that a contract lets callers read by their id. */
export function lifecyclesOf(contract: Contract, operations: readonly Operation[]): Lifecycle[] {
  return contract.operations.flatMap((read): Lifecycle[] => {
    const [, collection, variable] = /^(.+)\/\{([^/}]+)\}$/.exec(read.path) ?? [];
    if (read.method !== 'get' || collection === undefined || variable === undefined) return [];
    const at = (method: string, path: string): Operation | undefined =>
      operations.find((each) => each.method === method && sameShape(each.path, path));
    const [create, list, remove] = [at('post', collection), at('get', collection), at('delete', read.path)];
    const states = contract.resources.find((each) => each.operations.some(({ id }) => id === read.id))?.states;
    const movers = operations.filter(
      ({ id, path }) => states?.moves.some(({ by }) => by === id) && path.startsWith(read.path),
    );
    return [
      {
        variable,
        read,
        ...(create ? { create } : {}),
        ...(list ? { list } : {}),
        changes: [at('patch', read.path), at('put', read.path)].filter((each) => each !== undefined),
        ...(remove ? { remove } : {}),
        ...(states ? { states } : {}),
        movers,
      },
    ];
  });
}

function sameShape(left: string, right: string): boolean {
  return shapeOf(left) === shapeOf(right);
}

/** A path without the names of its variables. */
export function shapeOf(path: string): string {
  return path.replaceAll(/\{[^}]*\}/g, '{}');
}
