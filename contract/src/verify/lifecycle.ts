// Which operations belong to the life of one kind of thing: made at a collection, read, listed, changed, moved, removed.

import type { Contract, Operation, States } from '../model/contract.ts';

export interface Lifecycle {
  /** The path variable that names a thing. */
  variable: string;
  /** At least one of `read` and `list` is there. */
  read?: Operation;
  create?: Operation;
  list?: Operation;
  /** PATCH and PUT of one thing. */
  changes: Operation[];
  remove?: Operation;
  states?: States;
  /** Operations of the declared moves that name the thing in their path. */
  movers: Operation[];
}

/** Lives of the things whose ids stand in paths, of which callers can see something. */
export function lifecyclesOf(contract: Contract, operations: readonly Operation[]): Lifecycle[] {
  const collections = new Map<string, string>();
  for (const { path } of contract.operations)
    for (const [prefix] of path.matchAll(/\{([^}]+)\}/g)) {
      const upTo = path.slice(0, path.indexOf(prefix));
      if (upTo.endsWith('/') && !collections.has(upTo.slice(0, -1)))
        collections.set(upTo.slice(0, -1), prefix.slice(1, -1));
    }
  return [...collections].flatMap(([collection, variable]) => {
    const life = lifeAt(contract, operations, { collection, variable });
    return life.read || life.list ? [life] : [];
  });
}

function lifeAt(
  contract: Contract,
  operations: readonly Operation[],
  { collection, variable }: { collection: string; variable: string },
): Lifecycle {
  const item = `${collection}/{${variable}}`;
  const at = (method: string, path: string): Operation | undefined =>
    operations.find((each) => each.method === method && sameShape(each.path, path));
  const [read, create, list, remove] = [
    at('get', item),
    at('post', collection),
    at('get', collection),
    at('delete', item),
  ];
  const own = new Set([read, create, list].map((each) => each?.id));
  const states = contract.resources.find((each) => each.operations.some(({ id }) => own.has(id)))?.states;
  const movers = operations.filter(
    ({ id, path }) => states?.moves.some(({ by }) => by === id) && shapeOf(path).startsWith(shapeOf(item)),
  );
  return {
    variable,
    ...(read ? { read } : {}),
    ...(create ? { create } : {}),
    ...(list ? { list } : {}),
    changes: [at('patch', item), at('put', item)].filter((each) => each !== undefined),
    ...(remove ? { remove } : {}),
    ...(states ? { states } : {}),
    movers,
  };
}

function sameShape(left: string, right: string): boolean {
  return shapeOf(left) === shapeOf(right);
}

/** A path without the names of its variables. */
export function shapeOf(path: string): string {
  return path.replaceAll(/\{[^}]*\}/g, '{}');
}
