// What a run has exercised: statuses, parameters and properties, constraints, states and moves, by operation.

import { isObject } from '../load/pointer.ts';
import type { Contract, JsonObject, JsonValue, Operation, Schema } from '../model/contract.ts';
import { declaredMembers } from '../schema/members.ts';
import { responseFor } from './declared.ts';
import type { Exchange } from './exchange.ts';

export interface OperationCoverage {
  operation: string;
  key: string;
  requests: number;
  /** Status → answers. */
  statuses: Record<string, number>;
  /** Declared successes and how many of them were seen. */
  successes: Share;
  /** Parameters and request properties by pointer. */
  properties: Share;
  /** Constraints sent at, inside and outside their bounds. */
  constraints: Share;
  /** Moves of declared states that this operation makes. */
  moves: Share;
  /** Declared states that this read has shown. */
  states: Share;
}

export interface Share {
  seen: number;
  all: number;
  /** What was not seen, at most 20. */
  missing: string[];
}

const mostMissing = 20;
const mostDepth = 4;

interface Row {
  requests: number;
  statuses: Map<number, number>;
  properties: Set<string>;
  constraints: Set<string>;
  moves: Set<string>;
  states: Set<string>;
}

export class Meter {
  readonly #contract: Contract;
  readonly #rows = new Map<Operation, Row>();
  readonly #planned: ReadonlyMap<Operation, ReadonlySet<string>>;

  /** `planned`: keys of the constraints of each operation. */
  constructor(contract: Contract, planned: ReadonlyMap<Operation, ReadonlySet<string>>) {
    this.#contract = contract;
    this.#planned = planned;
  }

  note({ operation, call, status, request }: Exchange): void {
    const row = this.#row(operation);
    row.requests += 1;
    if (request.method !== operation.method.toUpperCase()) return;
    row.statuses.set(status, (row.statuses.get(status) ?? 0) + 1);
    for (const name of Object.keys(call.params)) row.properties.add(name);
    if (call.body !== undefined) for (const name of named(call.body, 'body')) row.properties.add(name);
  }

  constraint(operation: Operation, key: string): void {
    this.#row(operation).constraints.add(key);
  }

  move(operation: Operation, name: string): void {
    this.#row(operation).moves.add(name);
  }

  state(read: Operation, name: string): void {
    this.#row(read).states.add(name);
  }

  /** One row for each operation that was to be tested. */
  rows(operations: readonly Operation[]): OperationCoverage[] {
    return operations.map((operation) => {
      const row = this.#row(operation);
      const successes = operation.responses
        .map(({ status }) => String(status))
        .filter((status) => status.startsWith('2'));
      const seen = new Set(
        [...row.statuses.keys()].map((status) => String(responseFor(operation, status)?.status ?? '')),
      );
      return {
        operation: operation.id,
        key: operation.key,
        requests: row.requests,
        statuses: Object.fromEntries([...row.statuses].toSorted(([left], [right]) => left - right)),
        successes: share(successes, seen),
        properties: share(this.#propertiesOf(operation), row.properties),
        constraints: share([...(this.#planned.get(operation) ?? [])], row.constraints),
        moves: share(movesOf(this.#contract, operation), row.moves),
        states: share(statesOf(this.#contract, operation), row.states),
      };
    });
  }

  #row(operation: Operation): Row {
    let row = this.#rows.get(operation);
    if (!row) {
      row = {
        requests: 0,
        statuses: new Map(),
        properties: new Set(),
        constraints: new Set(),
        moves: new Set(),
        states: new Set(),
      };
      this.#rows.set(operation, row);
    }
    return row;
  }

  #propertiesOf(operation: Operation): string[] {
    const { document } = this.#contract;
    const params = operation.params.map(({ name }) => name);
    const schema = operation.body?.media[0]?.schema;
    return schema === undefined ? params : [...params, ...declared(document, schema, 'body', 0)];
  }
}

/** `state from→to` of the moves that an operation makes. */
export function movesOf(contract: Contract, operation: Operation): string[] {
  return contract.resources.flatMap(({ states }) =>
    (states?.moves ?? [])
      .filter(({ by }) => by === operation.id)
      .flatMap(({ from, to }) => from.map((state) => `${state}→${to}`)),
  );
}

/** States of the thing that an operation reads. */
function statesOf(contract: Contract, operation: Operation): string[] {
  const resource = contract.resources.find(({ operations }) =>
    operations.some(({ id, action }) => id === operation.id && action === 'read'),
  );
  const moves = resource?.states?.moves ?? [];
  return [...new Set(moves.flatMap(({ from, to }) => [...from, to]))];
}

/** Share of everything that was seen, 0 to 100. */
export function percentOf(rows: readonly OperationCoverage[]): number {
  const shares = rows.flatMap(({ successes, properties, constraints, moves, states }) => [
    successes,
    properties,
    constraints,
    moves,
    states,
  ]);
  const all = shares.reduce((sum, each) => sum + each.all, 0);
  const seen = shares.reduce((sum, each) => sum + each.seen, 0);
  return all === 0 ? 100 : Math.round((seen / all) * 1000) / 10;
}

function share(all: readonly string[], seen: ReadonlySet<string>): Share {
  const missing = all.filter((name) => !seen.has(name));
  return { seen: all.length - missing.length, all: all.length, missing: missing.slice(0, mostMissing) };
}

/** Pointers of the members of a sent value, lists flattened. */
function named(value: JsonValue, pointer: string, depth = 0): string[] {
  if (depth >= mostDepth || typeof value !== 'object' || value === null) return [];
  if (Array.isArray(value)) return value.flatMap((item) => named(item, pointer, depth));
  return Object.entries(value).flatMap(([name, part]) => [
    `${pointer}/${name}`,
    ...named(part, `${pointer}/${name}`, depth + 1),
  ]);
}

/** Pointers of the request properties a schema names; readOnly ones are not the caller's to send. */
function declared(document: JsonObject, schema: Schema, pointer: string, depth: number): string[] {
  if (depth >= mostDepth) return [];
  const members = declaredMembers(schema, document);
  const inner = members.items === undefined ? [] : declared(document, members.items, pointer, depth);
  return [
    ...inner,
    ...[...members.properties].flatMap(([name, property]) =>
      isObject(property) && property['readOnly'] === true
        ? []
        : [`${pointer}/${name}`, ...declared(document, property, `${pointer}/${name}`, depth + 1)],
    ),
  ];
}
