// What all parts of a comparison share: the two contracts, the day, and the list of what was found.

import { isObject } from '../load/pointer.ts';
import type { Contract, JsonObject, JsonValue, Operation, Position, Schema } from '../model/contract.ts';
import { Equality } from './equal.ts';
import { type DiffFinding, findingOf, type Told, type Touch } from './finding.ts';
import { Flattener } from './flat.ts';
import { type Day, lifeChanges, lifeOfWords } from './life.ts';
import { diffRule, type DiffSide } from './rules.ts';
import type { SchemaChange, Sides } from './schema-changes.ts';
import { type Located, walkPair } from './walk.ts';

/** Where two schemas stand that are to be compared. */
export interface Place {
  side: DiffSide;
  part: 'body' | 'parameter' | 'header';
  /** In words, with the operation: `placeOrder request body`. */
  words: string;
  operation: string;
  /** `query.limit` for a parameter, '' for a body. */
  at: string;
  /** The service refuses properties that no schema names. */
  closed?: boolean;
}

export class Gate {
  readonly base: Contract;
  readonly revision: Contract;
  readonly day: Day;
  readonly sides: Sides;
  readonly findings: DiffFinding[] = [];
  readonly counts = { operations: 0, schemas: 0, unproven: 0 };

  constructor(base: Contract, revision: Contract, today: string) {
    this.base = base;
    this.revision = revision;
    this.day = { today, own: !revision.foreign };
    this.sides = {
      old: new Flattener(base.document),
      fresh: new Flattener(revision.document),
      equality: new Equality(base.document, revision.document),
    };
  }

  tell(told: Omit<Told, 'position'> & { old?: object | undefined; fresh?: object | undefined }): void {
    const { old, fresh, ...rest } = told;
    this.findings.push(findingOf({ ...rest, position: this.#position(old, fresh) }));
  }

  /** The place in the revision, where it has one; what is gone stands in the base. */
  #position(old: object | undefined, fresh: object | undefined): Position {
    const place = fresh === undefined ? undefined : this.revision.at(fresh);
    if (place !== undefined && (place.pointer !== '' || old === undefined)) return place;
    return old === undefined ? this.revision.at(this.revision.document) : this.base.at(old);
  }

  /** Compares two schemas of one place. */
  schemas(old: Schema, fresh: Schema, place: Place): void {
    this.counts.schemas += 1;
    if (this.sides.equality.equal(old, fresh)) return;
    for (const located of walkPair(old, fresh, this.sides, markOf(place.side))) this.#tellChange(located, place);
  }

  #tellChange({ change, path }: Located, place: Place): void {
    for (const { subject, change: word, before, after } of this.#spelt(change)) {
      const whole = path === '' || place.part !== 'body';
      const owner = subject === 'property' ? place.side : `${place.side}.${whole ? place.part : 'property'}`;
      const here = change.name === undefined ? path : `${path}/${change.name}`;
      this.tell({
        rule: `${owner}.${subject}.${word === 'removed' && subject === 'property' ? removalOf(change, place) : word}`,
        place: here === '' ? place.words : `${place.words} ${here}`,
        operation: place.operation,
        old: change.old,
        fresh: change.fresh,
        before,
        after,
        touch: touchOf(place, here, word, change),
      });
    }
  }

  /** A change of life is spelt out by the day; others are what they are. */
  #spelt(change: SchemaChange): Pick<SchemaChange, 'subject' | 'change' | 'before' | 'after'>[] {
    if (change.subject !== 'life') return [change];
    return lifeChanges(lifeOfWords(change.before), lifeOfWords(change.after), this.day);
  }
}

/** The mark of properties that the side which sends never sends. */
function markOf(side: DiffSide): 'readOnly' | 'writeOnly' {
  return diffRule(`${side}.property.made-required`).level === 'error' ? 'readOnly' : 'writeOnly';
}

/** What the removal of a property means depends on who sends it. */
function removalOf({ required, closed }: SchemaChange, place: Place): string {
  if (markOf(place.side) === 'readOnly') return closed || place.closed ? 'removed-refused' : 'removed';
  return required ? 'removed-required' : 'removed';
}

function touchOf(place: Place, path: string, word: string, change: SchemaChange): Touch {
  if (place.part === 'parameter' && path === '') return { kind: 'parameter', at: place.at, by: 'use' };
  const kind = markOf(place.side) === 'readOnly' ? 'sent' : 'read';
  const by = word === 'added-required' || (word === 'made-required' && kind === 'sent') ? 'omit' : 'use';
  const values = change.change === 'value-removed' && Array.isArray(change.before) ? change.before : undefined;
  return { kind, at: path, by, ...(values === undefined ? {} : { values }) };
}

export function objectOf(value: JsonValue | undefined): JsonObject {
  return isObject(value) ? value : {};
}

/** `placeOrder`, or method and path for an operation without a name of its own. */
export function nameOfOperation(operation: Operation): string {
  return typeof operation.node['operationId'] === 'string'
    ? operation.id
    : `${operation.method.toUpperCase()} ${operation.path}`;
}
