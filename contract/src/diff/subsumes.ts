// `a ⊆ b`: every value valid in `a` is valid in `b`. A proof by induction over values: what is under proof may be used
// for the parts of a value, so schemas that refer to themselves end. "No proof" says nothing about the contrary.

import { isObject } from '../load/pointer.ts';
import type { JsonObject, JsonValue, Schema } from '../model/contract.ts';
import { atIndex, atName, atOthers, type Branch, type Kind, namesOf } from './branch.ts';
import { type Conjunction, normalForm, type Side } from './normal-form.ts';
import { acceptsValue, kindOfValue, numbersWithin, sizesApart, textsWithin } from './part.ts';
import { resolved } from './reference.ts';

/** Steps of one proof; a step compares two conjunctions or two branches. */
export const mostSteps = 10_000;
/** How deep two schemas are searched for a property that keeps them apart. */
const mostDepthApart = 3;

export interface Inclusion {
  smaller: Side;
  larger: Side;
  /** Schemas of the two documents that are written alike. */
  alike: (smaller: Schema, larger: Schema) => boolean;
  /** Answers: readers take properties that are new, also where the old object was closed. */
  open: boolean;
}

/** Proofs between the schemas of two documents. What one proof found out the next one takes over. */
export class Prover {
  readonly #budget = { left: 0 };
  readonly #proof: Proof;

  constructor(inclusion: Inclusion) {
    this.#proof = new Proof(inclusion, this.#budget);
  }

  /**
   * True when it is proved that every value of `a` is one of `b`. A property that a schema does not name counts as absent
   * from its values: nobody sends or reads what is not declared. Where the larger schema closes an object that was open,
   * there is no proof for requests.
   */
  proves(a: Schema, b: Schema): boolean {
    this.#budget.left = mostSteps;
    try {
      return this.#proof.holds([a], [b]);
    } catch (error) {
      if (!(error instanceof Exhausted)) throw error;
      this.#proof.giveUp();
      return false;
    }
  }
}

class Exhausted extends Error {}

class Proof {
  readonly #inclusion: Inclusion;
  readonly #budget: { left: number };
  readonly #forms = new Map<string, Branch[] | undefined>();
  readonly #names = new WeakMap<object, number>();
  #named = 0;
  /** Pairs that hold, or are taken to hold while their parts are looked at. */
  readonly #assumed = new Set<string>();
  /** Those of the proof that is going on, in order, so that a failure takes them back. */
  readonly #order: string[] = [];
  /** Pairs without a proof. */
  readonly #refuted = new Set<string>();

  constructor(inclusion: Inclusion, budget: { left: number }) {
    this.#inclusion = inclusion;
    this.#budget = budget;
  }

  holds(some: Conjunction, others: Conjunction): boolean {
    this.#step();
    const { alike, smaller } = this.#inclusion;
    const larger = others
      .map((schema) => resolved(this.#inclusion.larger.document, schema))
      .filter((schema) => schema !== true);
    if (larger.length === 0) return true;
    const a = some.map((schema) => resolved(smaller.document, schema));
    if (larger.every((schema) => a.some((own) => alike(own, schema)))) return true;
    const key = `${this.#key(a)}<${this.#key(larger)}`;
    if (this.#assumed.has(key)) return true;
    if (this.#refuted.has(key)) return false;
    const before = this.#order.push(key) - 1;
    this.#assumed.add(key);
    if (this.#covers(this.#form(a, 'smaller'), this.#form(larger, 'larger'))) {
      // Nothing else is under proof any more: what was taken to hold holds.
      if (before === 0) this.#order.length = 0;
      return true;
    }
    for (const pair of this.#order.splice(before)) this.#assumed.delete(pair);
    this.#refuted.add(key);
    return false;
  }

  /** Takes back what is not proved yet, and does not begin with the whole of it again. */
  giveUp(): void {
    const [whole] = this.#order;
    this.#takeBack();
    if (whole !== undefined) this.#refuted.add(whole);
  }

  #takeBack(): void {
    for (const pair of this.#order.splice(0)) this.#assumed.delete(pair);
    if (this.#contrary !== undefined) this.#contrary.#takeBack();
  }

  #step(): void {
    if (this.#budget.left-- <= 0) throw new Exhausted();
  }

  #key(conjunction: Conjunction): string {
    return conjunction.map((schema) => this.#name(schema)).join('&');
  }

  #name(schema: Schema): string {
    if (!isObject(schema)) return String(schema);
    let name = this.#names.get(schema);
    if (name === undefined) this.#names.set(schema, (name = this.#named++));
    return String(name);
  }

  #form(conjunction: Conjunction, side: 'smaller' | 'larger'): Branch[] | undefined {
    const key = `${side} ${this.#key(conjunction)}`;
    if (!this.#forms.has(key)) this.#forms.set(key, normalForm(conjunction, this.#inclusion[side]));
    return this.#forms.get(key);
  }

  #covers(some: Branch[] | undefined, all: Branch[] | undefined): boolean {
    if (some === undefined || all === undefined) return false;
    return some.every((x) => [...x.kinds].every((kind) => this.#kindCovered(kind, x, { some, all })));
  }

  #kindCovered(kind: Kind, x: Branch, { some, all }: { some: Branch[]; all: Branch[] }): boolean {
    const values = valuesOf(kind, x);
    const excluded = (z: Branch): boolean => this.#excluded(kind, x, z, some);
    if (values === undefined)
      return all.some(
        (y) => this.#within(kind, x, y) && alone(y, all, (z) => this.#apart(kind, x, z, 0) || excluded(z)),
      );
    return values.every((value) =>
      all.some(
        (y) => this.#takes(value, x, y) && alone(y, all, (z) => acceptsValue(z, value) === false || excluded(z)),
      ),
    );
  }

  /** A listed value: looked at; where that is not enough, a text may still have the format that is asked for. */
  #takes(value: JsonValue, x: Branch, y: Branch): boolean {
    return acceptsValue(y, value) ?? (typeof value === 'string' && this.#within('string', x, y));
  }

  /** All of `x` that is of this type lies in `y`. */
  #within(kind: Kind, x: Branch, y: Branch): boolean {
    this.#step();
    if (!y.kinds.has(kind) || (y.values !== undefined && x.values === undefined)) return false;
    if (!y.conditions.every((wanted) => this.#meets(wanted, x.conditions))) return false;
    if (kind === 'number') return numbersWithin(x, y);
    if (kind === 'string') return textsWithin(x, y);
    if (kind === 'array') return this.#arraysWithin(x, y);
    return kind !== 'object' || this.#objectsWithin(x, y);
  }

  /** A condition that asks for nothing, or that is asked for in the same words; of `contains` the numbers may be closer. */
  #meets(wanted: JsonObject, conditions: readonly JsonObject[]): boolean {
    if (Object.keys(wanted).join() === 'if') return true;
    const { alike } = this.#inclusion;
    return conditions.some((own) => {
      if (wanted['contains'] === undefined || own['contains'] === undefined) return alike(own, wanted);
      return (
        alike(own['contains'] as Schema, wanted['contains'] as Schema) &&
        Number(own['minContains'] ?? 1) >= Number(wanted['minContains'] ?? 1) &&
        Number(own['maxContains'] ?? Infinity) <= Number(wanted['maxContains'] ?? Infinity)
      );
    });
  }

  #arraysWithin(x: Branch, y: Branch): boolean {
    if (x.array.least < y.array.least || (y.array.unique && !x.array.unique && x.array.most > 1)) return false;
    const places = Math.max(0, ...[...x.array.shapes, ...y.array.shapes].map(({ prefix }) => prefix.length));
    // One beyond the last place of its own stands for all others.
    for (let index = 0; index <= places && index < x.array.most; index++) {
      const [own, wanted] = [atIndex(x, index), atIndex(y, index)];
      if (own.includes(false)) return index <= y.array.most;
      if (!this.holds(own, wanted)) return false;
    }
    return x.array.most <= y.array.most;
  }

  #objectsWithin(x: Branch, y: Branch): boolean {
    const [own, wanted] = [x.object, y.object];
    if (![...wanted.required].every((name) => own.required.has(name))) return false;
    const names = new Set([...namesOf(x), ...namesOf(y)]);
    const closed = atOthers(x, 'smaller').includes(false);
    const most = closed ? Math.min(own.most, namesOf(x).size) : own.most;
    if (Math.max(own.least, own.required.size) < wanted.least || most > wanted.most) return false;
    return [...names].every((name) => this.#propertyWithin(name, x, y)) && this.#othersWithin(x, y);
  }

  #propertyWithin(name: string, x: Branch, y: Branch): boolean {
    if (x.object.never.has(name) || y.object.never.has(name)) return true;
    const [own, wanted] = [atName(x, name, 'smaller'), atName(y, name, 'larger')];
    // What is not declared is not there; only a map gives it a schema.
    if (!own.named && !own.schemas.some((schema) => isObject(schema))) return true;
    if (own.schemas.includes(false)) return true;
    if (!wanted.named && this.#inclusion.open)
      return this.holds(
        own.schemas,
        wanted.schemas.filter((one) => one !== false),
      );
    return this.holds(own.schemas, wanted.schemas);
  }

  /** Names that neither schema knows, and those that a pattern knows. */
  #othersWithin(x: Branch, y: Branch): boolean {
    const [own, wanted] = [atOthers(x, 'smaller'), atOthers(y, 'larger')];
    const patterns = x.object.shapes.flatMap((shape) => [...shape.patterns]);
    for (const [pattern, schema] of y.object.shapes.flatMap((shape) => [...shape.patterns])) {
      const same = patterns.filter(([other]) => other === pattern).map(([, one]) => one);
      if (same.length > 0 ? !this.holds(same, [schema]) : !this.#mapWithin(own, [schema])) return false;
      if (!patterns.every(([other, one]) => other === pattern || this.holds([one], [schema]))) return false;
    }
    const known = new Set(y.object.shapes.flatMap((shape) => shape.patterns.map(([pattern]) => pattern)));
    for (const [pattern, schema] of patterns)
      if (
        !known.has(pattern) &&
        !this.holds([schema], this.#inclusion.open ? wanted.filter((one) => one !== false) : wanted)
      )
        return false;
    return this.#mapWithin(own, wanted);
  }

  /** Undeclared names: closing what was open, or giving a free map a schema, is no inclusion. */
  #mapWithin(own: readonly Schema[], wanted: readonly Schema[]): boolean {
    const asked = wanted.filter((schema) => schema !== true);
    if (asked.length === 0 || own.includes(false)) return true;
    return this.holds(own, asked);
  }

  /** No value of this type is in both. */
  #apart(kind: Kind, x: Branch, z: Branch, depth: number): boolean {
    this.#step();
    if (!z.kinds.has(kind)) return true;
    const [values, others] = [valuesOf(kind, x), valuesOf(kind, z)];
    if (values?.every((value) => acceptsValue(z, value) === false)) return true;
    if (others?.every((value) => acceptsValue(x, value) === false)) return true;
    if (sizesApart(kind, x, z)) return true;
    return kind === 'object' && depth < mostDepthApart && this.#objectsApart(x, z, depth);
  }

  /** One has to have a property that the other cannot have like that. */
  #objectsApart(x: Branch, z: Branch, depth: number): boolean {
    return [...new Set([...x.object.required, ...z.object.required])].some((name) => {
      const [own, other] = [atName(x, name, 'smaller').schemas, atName(z, name, 'smaller').schemas];
      if (own.includes(false) || other.includes(false)) return true;
      const [some, others] = [this.#form(own, 'smaller'), this.#form(other, 'larger')];
      if (some === undefined || others === undefined) return false;
      return some.every((a) => others.every((b) => [...a.kinds].every((kind) => this.#apart(kind, a, b, depth + 1))));
    });
  }

  /** `z` lies in a branch that a value of `x` cannot be in, because `x` was picked by a `oneOf`. */
  #excluded(kind: Kind, x: Branch, z: Branch, some: readonly Branch[]): boolean {
    return [...x.picks].some(([list, index]) =>
      some.some((w) => {
        const other = w.picks.get(list);
        if (other === undefined || other === index) return false;
        const rest = [...w.picks].every(([own, at]) => own === list || x.picks.get(own) === at);
        return rest && this.#turned().#within(kind, z, w);
      }),
    );
  }

  /** The proof of the contrary direction, from the same budget. */
  #turned(): Proof {
    const { smaller, larger, alike } = this.#inclusion;
    const inclusion: Inclusion = { smaller: larger, larger: smaller, alike: (a, b) => alike(b, a), open: false };
    return (this.#contrary ??= new Proof(inclusion, this.#budget));
  }

  #contrary: Proof | undefined;
}

/** The values of a type in a branch, where they can be counted. */
function valuesOf(kind: Kind, branch: Branch): JsonValue[] | undefined {
  const candidates = branch.values ?? (kind === 'null' ? [null] : kind === 'boolean' ? [true, false] : undefined);
  return candidates?.filter((value) => kindOfValue(value) === kind);
}

/** No branch that excludes `y` holds as well. */
function alone(y: Branch, all: readonly Branch[], apart: (z: Branch) => boolean): boolean {
  return all.every((z) => {
    const excludes = [...y.picks].some(([list, index]) => z.picks.has(list) && z.picks.get(list) !== index);
    return !excludes || apart(z);
  });
}
