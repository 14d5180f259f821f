// How things of a kind begin when an operation makes them: what of it follows from the contract alone, worked out once.

import type { Contract, JsonObject, Operation } from '../model/contract.ts';
import { declaredMembers } from '../schema/members.ts';
import type { Kind } from './kinds.ts';
import { Sketch } from './sketch.ts';
import { isDateTime, propertyOf, stateProperty } from './things.ts';

const madeAt = /^(creat(ed|ion)|placed|opened|submitted|requested|issued)(_?(at|on|date|time|date_?time|timestamp))?$/i;
export const changedAt = /^(updated|modified|changed|lastUpdated|last_updated)/i;

/** What becomes of a property of a new thing that nobody has said. */
export interface Habit {
  /** It tells when the thing was made or changed. */
  isStamp: boolean;
  /** In whole seconds since 1970, by its schema. */
  isWhole: boolean;
  /** The caller could have said it and did not, or it has not happened yet. */
  isLeftOut: boolean;
}

/** Of one kind and one operation. */
export class Making {
  readonly sketch: Sketch;
  /** Where a new thing stands: what the contract declares, else the first of its states. */
  readonly state: readonly [name: string, value: string] | undefined;
  readonly #contract: Contract;
  readonly #kind: Kind;
  readonly #askable: ReadonlyMap<string, unknown>;
  readonly #habits: ReadonlyMap<string, Habit>;

  constructor(contract: Contract, kind: Kind, operation: Operation) {
    this.#contract = contract;
    this.#kind = kind;
    this.sketch = new Sketch(kind.schema, contract.document);
    this.state = firstState(contract, kind, operation);
    const asked = operation.body?.media[0]?.schema;
    this.#askable = asked === undefined ? new Map() : declaredMembers(asked, contract.document).properties;
    const { properties } = declaredMembers(kind.schema, contract.document);
    this.#habits = new Map([...properties.keys()].map((name) => [name, this.#workOut(name)]));
  }

  /** The schema of the kind names it. */
  isDeclared(name: string): boolean {
    return this.#habits.has(name);
  }

  /** The request could say it. */
  isAskable(name: string): boolean {
    return this.#askable.has(name);
  }

  habitOf(name: string): Habit {
    return this.#habits.get(name) ?? this.#workOut(name);
  }

  #workOut(name: string): Habit {
    const node = propertyOf(this.#contract, this.#kind.schema, name);
    const isWhole = node['type'] === 'integer';
    return {
      isStamp: (madeAt.test(name) || changedAt.test(name)) && (isDateTime(node) || isWhole),
      isWhole,
      isLeftOut: this.isAskable(name) || isDateTime(node) || isRemark(this.#contract, node),
    };
  }
}

function firstState(contract: Contract, kind: Kind, operation: Operation): Making['state'] {
  if (!kind.states) {
    const state = stateProperty(contract, kind.schema);
    return state?.values[0] === undefined ? undefined : [state.name, state.values[0]];
  }
  const { property, initial, moves } = kind.states;
  const move = moves.find((entry) => entry.by === operation.id && entry.from.includes(initial));
  return [property, move?.to ?? initial];
}

/** Free text that nobody has written yet; foreign contracts rarely say what is required, so it stays there. */
function isRemark({ foreign }: Contract, node: JsonObject): boolean {
  return !foreign && node['type'] === 'string' && node['enum'] === undefined && node['const'] === undefined;
}

/** What is known of makings, one for each kind and operation. */
export class Makings {
  readonly #contract: Contract;
  readonly #byKind = new Map<Kind, Map<Operation, Making>>();

  constructor(contract: Contract) {
    this.#contract = contract;
  }

  of(kind: Kind, operation: Operation): Making {
    let byOperation = this.#byKind.get(kind);
    if (!byOperation) this.#byKind.set(kind, (byOperation = new Map()));
    let making = byOperation.get(operation);
    if (!making) byOperation.set(operation, (making = new Making(this.#contract, kind, operation)));
    return making;
  }
}
