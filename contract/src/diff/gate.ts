// What all parts of a comparison share: the two contracts, the day, and the list of what was found.

import { isObject, segmentsOf } from '../load/pointer.ts';
import type { Contract, JsonObject, JsonValue, Operation, Position, Schema } from '../model/contract.ts';
import { Equality } from './equal.ts';
import { findingOf, type Pending, type Told, type Touch } from './finding.ts';
import { Flattener } from './flat.ts';
import { Judge, type Judged } from './judge.ts';
import { type Day, lifeChanges, lifeOfWords } from './life.ts';
import type { DiffSide } from './rules.ts';
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
  readonly findings: Pending[] = [];
  readonly counts = { operations: 0, schemas: 0 };

  readonly #judge: Judge;

  constructor(base: Contract, revision: Contract, today: string) {
    this.base = base;
    this.revision = revision;
    this.day = { today, own: !revision.foreign };
    this.sides = {
      old: new Flattener(base.document),
      fresh: new Flattener(revision.document),
      equality: new Equality(base.document, revision.document),
    };
    this.#judge = new Judge(base, revision, this.sides.equality);
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
    const by = senderOf(place.side);
    const located = walkPair(old, fresh, this.sides, by === 'sent' ? 'readOnly' : 'writeOnly');
    const rulesOf = (one: Located): string[] =>
      this.#spelt(one.change).map((change) => ruleOf({ ...one, change }, place));
    const judged = this.#judge.judge({ old, fresh }, located, { by, closed: place.closed === true }, rulesOf);
    for (const one of judged.changes)
      for (const change of this.#spelt(one.change)) this.#tellChange({ ...one, change }, place);
    const { verdict, at, witness } = judged;
    if (verdict === undefined) return;
    const nodes = at?.change ?? { old: isObject(old) ? old : undefined, fresh: isObject(fresh) ? fresh : undefined };
    this.tell({
      rule: `schema.change.${verdict}`,
      place: [place.words, at?.path ?? ''].filter((word) => word !== '').join(' '),
      operation: place.operation,
      old: nodes.old,
      fresh: nodes.fresh,
      witness,
    });
  }

  #tellChange(judged: Judged, place: Place): void {
    const { change, path, form, show } = judged;
    const here = change.name === undefined ? path : `${path}/${change.name}`;
    this.tell({
      rule: ruleOf(judged, place),
      place: [place.words, here, form === undefined ? '' : `(${form})`].filter((word) => word !== '').join(' '),
      operation: place.operation,
      old: change.old,
      fresh: change.fresh,
      before: change.before,
      after: change.after,
      ...(show === undefined ? {} : { show: () => shownAt(path, show()) }),
      touch: touchOf(place, here, change),
    });
  }

  /** A change of life is spelt out by the day; others are what they are. */
  #spelt(change: SchemaChange): SchemaChange[] {
    if (change.subject !== 'life') return [change];
    const changes = lifeChanges(lifeOfWords(change.before), lifeOfWords(change.after), this.day);
    return changes.map((life) => ({ ...change, before: undefined, after: undefined, ...life }));
  }
}

/** Whether callers send or read what stands on a side. */
function senderOf(side: DiffSide): 'sent' | 'read' {
  return side === 'request' || side === 'webhook-answer' ? 'sent' : 'read';
}

function ruleOf({ change, path }: Located, place: Place): string {
  const { subject, change: word } = change;
  if (subject === 'property') return `${place.side}.property.${word === 'removed' ? removalOf(change, place) : word}`;
  return `${place.side}.${path === '' || place.part !== 'body' ? place.part : 'property'}.${subject}.${word}`;
}

/** A value at its path, and nothing around it: `/lines/[]/sku` and 7 are `{ lines: [{ sku: 7 }] }`. */
function shownAt(path: string, value: JsonValue | undefined): JsonValue | undefined {
  if (value === undefined) return undefined;
  return segmentsOf(path).reduceRight<JsonValue>(
    (inner, key) => (key === '[]' || /^\d+$/.test(key) ? [inner] : { [key === '{}' ? 'key' : key]: inner }),
    value,
  );
}

/** What the removal of a property means depends on who sends it. */
function removalOf({ required, closed }: SchemaChange, place: Place): string {
  if (senderOf(place.side) === 'sent') return closed || place.closed ? 'removed-refused' : 'removed';
  return required ? 'removed-required' : 'removed';
}

function touchOf(place: Place, path: string, change: SchemaChange): Touch {
  if (place.part === 'parameter' && path === '') return { kind: 'parameter', at: place.at, by: 'use' };
  const kind = senderOf(place.side) === 'sent' ? 'sent' : 'read';
  const word = change.change;
  const by = kind === 'sent' && (word === 'added-required' || word === 'made-required') ? 'omit' : 'use';
  const values = word === 'value-removed' && Array.isArray(change.before) ? change.before : undefined;
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
