// Who leans on whom, as far as contracts tell it: ids of other capabilities' resources, shared files, calls back.

import { propertiesOf, schemasOf } from '../lint/nodes.ts';
import type { Contract, Position } from '../model/contract.ts';
import { fileOf, type Newest, type ResourceEntry } from './entries.ts';
import { wordsOf } from './words.ts';

export interface Dependency {
  from: string;
  /** Capabilities it leans on; several when each has such a resource. Empty: whoever is called back. */
  to: string[];
  by: 'id' | 'file' | 'callback';
  /** The id's name, the shared file, the address called. */
  what: string;
  /** Where it is first said. */
  at: Position;
}

/** In order of capability; each id, file and callback once. An id counts by its name, so it is a candidate. */
export function dependenciesOf(all: readonly Newest[], resources: readonly ResourceEntry[]): Dependency[] {
  // What lives below another thing (`/runs/{runId}/steps`) is not known elsewhere by its id alone.
  const homes = new Map(
    resources.map(({ name, homes: list }) => [
      name,
      list.filter(({ parent }) => parent === undefined).map(({ capability }) => capability),
    ]),
  );
  const users = new Map<string, string[]>();
  for (const { capability, contract } of all)
    for (const file of filesOf(contract).keys()) users.set(file, [...(users.get(file) ?? []), capability.id]);
  return all.flatMap(({ capability, contract }) => {
    const from = capability.id;
    const byId = [...idsOf(contract)].flatMap(([name, { written, node }]): Dependency[] => {
      const to = homes.get(name) ?? [];
      const isOwn = resources.some((one) => one.name === name && one.homes.some((home) => home.capability === from));
      if (to.length === 0 || isOwn) return [];
      return [{ from, to, by: 'id', what: written, at: contract.at(node) }];
    });
    const byFile = [...filesOf(contract)].flatMap(([file, node]): Dependency[] => {
      const to = (users.get(file) ?? []).filter((user) => user !== from);
      return to.length === 0 ? [] : [{ from, to, by: 'file', what: file, at: contract.at(node) }];
    });
    const back = contract.operations.flatMap(({ callbacks }) =>
      callbacks.map(({ path, node }): Dependency => ({
        from,
        to: [],
        by: 'callback',
        what: path.slice(1),
        at: contract.at(node),
      })),
    );
    return [...byId, ...byFile, ...back];
  });
}

/** `orderId`, `order_id` → the resource they name, and where they stand first. */
function idsOf(contract: Contract): Map<string, { written: string; node: object }> {
  const found = new Map<string, { written: string; node: object }>();
  const add = (written: string, node: object): void => {
    const words = wordsOf(written);
    const name = words.slice(0, -1).join('-');
    if (words.length > 1 && words.at(-1) === 'id' && !found.has(name)) found.set(name, { written, node });
  };
  for (const { params, node } of contract.operations) for (const { name } of params) add(name, node);
  for (const [name, node] of schemasOf(contract).flatMap(propertiesOf)) add(name, node);
  return found;
}

/** Other files whose schemas this contract uses. */
function filesOf(contract: Contract): Map<string, object> {
  const own = fileOf(contract);
  const found = new Map<string, object>();
  for (const schema of contract.schemas.values()) {
    if (typeof schema === 'boolean') continue;
    const { file } = contract.at(schema);
    if (file !== own && !found.has(file)) found.set(file, schema);
  }
  return found;
}
