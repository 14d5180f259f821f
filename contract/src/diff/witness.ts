// Values that show a finding: valid on one side, refused on the other. They are looked for where the finding points,
// proposed by the one generator, and judged by the validator on both sides, in a whole value each time.

import { createGenerator, type Generator } from '../generate/instance.ts';
import { smallDocument } from '../lint/fault.ts';
import { isObject, segmentsOf } from '../load/pointer.ts';
import type { Contract, JsonObject, JsonValue, Schema } from '../model/contract.ts';
import { compileSchema, declaredMembers, type Direction, type Validator } from '../schema/compile.ts';
import { sameJson } from './json.ts';
import { resolved } from './reference.ts';
import type { SchemaChange } from './schema-changes.ts';

/** Proposals for one finding, and whole values they are put into; the first of these have only what is required. */
const limits = { proposals: 4, wholes: 4, bare: 2, items: 50, length: 5_000 } as const;

/** The side that must hold, or the side that must refuse. */
export interface WitnessSide {
  contract: Contract;
  whole: Schema;
  part: Schema;
}

export interface Search {
  valid: WitnessSide;
  refused: WitnessSide;
  direction: Direction;
  closed: boolean;
  /** Where the part stands in the whole: `/lines/[]/sku`. */
  path: string;
  /** Forms of choices that it is in, on the side that holds, from the outermost on. */
  forms: readonly { path: string; schema: Schema }[];
  /** What it is to show; undefined = any value that is refused. */
  change: SchemaChange | undefined;
}

/** Stands for schemas that are no objects. */
const nothing: JsonObject = {};

/** Values made when they are asked for, and kept. */
class Later<T> {
  readonly #source: Iterator<T>;
  readonly #made: T[] = [];

  constructor(source: Iterator<T>) {
    this.#source = source;
  }

  find(fits: (value: T) => boolean): T | undefined {
    for (let index = 0; ; index++) {
      if (index === this.#made.length) {
        const next = this.#source.next();
        if (next.done === true) return undefined;
        this.#made.push(next.value);
      }
      const value = this.#made[index] as T;
      if (fits(value)) return value;
    }
  }

  some(fits: (value: T) => boolean): boolean {
    return this.find(fits) !== undefined;
  }
}

export class Witnesses {
  readonly #validators = new WeakMap<object, Map<string, Validator>>();
  readonly #generators = new WeakMap<JsonObject, Generator>();
  readonly #wholes = new WeakMap<object, Map<string, Later<JsonValue>>>();
  /** By the change, then by what else they depend on: a change of one component is met from many operations. */
  readonly #parts = new WeakMap<SchemaChange, Map<string, Later<JsonValue>>>();
  readonly #numbers = new Map<Schema, number>();

  /** The value of the part, or undefined when none was found among a few. */
  find(search: Search): JsonValue | undefined {
    try {
      return this.#find({ ...search, valid: sideOf(search.valid), refused: sideOf(search.refused) });
    } catch {
      // A schema that the validator cannot compile shows nothing; loading or lint has named it.
      return undefined;
    }
  }

  #find(search: Search): JsonValue | undefined {
    const { valid, path } = search;
    const isWhole = path === '' && valid.part === valid.whole;
    // Where no whole value has the place, no part needs to be drawn.
    if (!isWhole && !this.#wholesOf(search).some(() => true)) return undefined;
    return this.#partsOf(search).find((part) => isWhole || this.#inWhole(part, search));
  }

  /** Values that the part takes on one side and refuses on the other. */
  #partsOf(search: Search): Later<JsonValue> {
    const { change, direction, closed, valid, refused } = search;
    if (change === undefined) return new Later(this.#draw(search));
    const key = `${this.#numberOf(valid.part)} ${this.#numberOf(refused.part)} ${direction} ${closed}`;
    let ofChange = this.#parts.get(change);
    if (ofChange === undefined) this.#parts.set(change, (ofChange = new Map()));
    let parts = ofChange.get(key);
    if (parts === undefined) ofChange.set(key, (parts = new Later(this.#draw(search))));
    return parts;
  }

  #numberOf(schema: Schema): number {
    let number = this.#numbers.get(schema);
    if (number === undefined) this.#numbers.set(schema, (number = this.#numbers.size));
    return number;
  }

  *#draw(search: Search): IterableIterator<JsonValue> {
    const { valid, refused } = search;
    const tried: JsonValue[] = [];
    for (const wanted of demandsOf(search.change)) {
      // A form is proposed by itself: all forms at once would draw another one.
      const alone = wanted !== undefined && wanted === search.change?.branch;
      const schema = wanted === undefined ? valid.part : alone ? wanted : { allOf: [valid.part, wanted] };
      const generator = this.#generatorOf(valid, alone ? wanted : valid.part);
      for (let ordinal = 0; ordinal < limits.proposals; ordinal++) {
        const wish = { key: String(ordinal), direction: search.direction };
        const made = generator.instance(schema, wish);
        if (!made.valid) break;
        const part = this.#known(made.value, search);
        if (tried.some((one) => sameJson(one, part))) continue;
        tried.push(part);
        if (this.#check(valid, valid.part, part, search) && !this.#check(refused, refused.part, part, search))
          yield part;
      }
    }
  }

  /** Members that the refusing side does not know are no part of what is shown. */
  #known(value: JsonValue, { refused }: Search): JsonValue {
    const members = declaredMembers(refused.part, refused.contract.document);
    if (!isObject(value) || members.open || members.properties.size === 0) return value;
    return Object.fromEntries(Object.entries(value).filter(([name]) => members.properties.has(name)));
  }

  /** The part in a whole value: valid on one side, refused on the other. */
  #inWhole(part: JsonValue, search: Search): boolean {
    const { valid, refused, path } = search;
    return this.#wholesOf(search).some((whole) => {
      const value = placed(whole, segmentsOf(path), part);
      return (
        value !== undefined &&
        this.#check(valid, valid.whole, value, search) &&
        !this.#check(refused, refused.whole, value, search)
      );
    });
  }

  /** A few values of the whole schema that have the place; made once. */
  #wholesOf(search: Search): Later<JsonValue> {
    const { whole } = search.valid;
    const key = isObject(whole) ? whole : nothing;
    let ofWhole = this.#wholes.get(key);
    if (ofWhole === undefined) this.#wholes.set(key, (ofWhole = new Map()));
    const way = [search.path, ...search.forms.map(({ schema }) => this.#numberOf(schema))].join(' ');
    let values = ofWhole.get(way);
    if (values === undefined) ofWhole.set(way, (values = new Later(this.#drawWholes(search))));
    return values;
  }

  /** By turns a whole, which is mostly of other forms where there are forms, and one put together of those on the way. */
  *#drawWholes({ valid, direction, path, forms }: Search): IterableIterator<JsonValue> {
    const pieces = [{ path: '', schema: valid.whole }, ...forms];
    const drawn = (schema: Schema, place: readonly string[], ordinal: number): JsonValue | undefined => {
      const wanted: Schema = place.length === 0 ? schema : { allOf: [schema, having(place)] };
      const made = this.#generatorOf(valid, schema).instance(wanted, {
        key: `whole ${ordinal}`,
        direction,
        bare: ordinal < limits.bare,
      });
      return made.valid && placed(made.value, place, null) !== undefined ? made.value : undefined;
    };
    const composed = (ordinal: number): JsonValue | undefined =>
      pieces.reduceRight<JsonValue | undefined>((inner, piece, at) => {
        const place = segmentsOf((pieces[at + 1]?.path ?? path).slice(piece.path.length));
        if (at === pieces.length - 1) return drawn(piece.schema, place, ordinal);
        if (inner === undefined || place.length === 0) return inner;
        const outer = drawn(piece.schema, place, ordinal);
        return outer === undefined ? undefined : placed(outer, place, inner);
      }, undefined);
    for (let ordinal = 0; ordinal < limits.wholes; ordinal++) {
      const value =
        ordinal % 2 === 0 && forms.length > 0 ? composed(ordinal) : drawn(valid.whole, segmentsOf(path), ordinal);
      if (value !== undefined) yield value;
    }
  }

  #generatorOf({ contract }: WitnessSide, schema: Schema): Generator {
    const key = isObject(schema) ? schema : nothing;
    let generator = this.#generators.get(key);
    if (generator === undefined) {
      // Any fixed time will do: what is proposed is judged.
      const now = Temporal.Instant.fromEpochMilliseconds(0);
      generator = createGenerator({ document: smallDocument(contract, schema), seed: 1, now });
      this.#generators.set(key, generator);
    }
    return generator;
  }

  #check(side: WitnessSide, schema: Schema, value: JsonValue, { direction, closed }: Search): boolean {
    if (!isObject(schema)) return schema;
    if (!closed) return this.#generatorOf(side, schema).validator(schema, direction).check(value);
    const { contract } = side;
    let ofSchema = this.#validators.get(schema);
    if (ofSchema === undefined) this.#validators.set(schema, (ofSchema = new Map()));
    let validator = ofSchema.get(direction);
    if (validator === undefined)
      ofSchema.set(
        direction,
        (validator = compileSchema(schema, { document: smallDocument(contract, schema), direction, closed })),
      );
    return validator.check(value);
  }
}

function sideOf({ contract, whole, part }: WitnessSide): WitnessSide {
  const { document } = contract;
  return { contract, whole: resolved(document, whole), part: resolved(document, part) };
}

/** Values that have the place. */
function having(place: readonly string[]): JsonObject {
  return place.toReversed().reduce<JsonObject>((inner, key) => {
    if (key === '[]') return { minItems: 1, items: inner };
    if (/^\d+$/.test(key)) return { minItems: Number(key) + 1 };
    return key === '{}' ? { minProperties: 1 } : { required: [key], properties: { [key]: inner } };
  }, {});
}

/** `value` at a path of `whole`; undefined when the whole has no such place. */
function placed(whole: JsonValue, path: readonly string[], value: JsonValue): JsonValue | undefined {
  const [key, ...rest] = path;
  if (key === undefined) return value;
  if (Array.isArray(whole)) {
    const index = key === '[]' ? 0 : Number(key);
    const inner = placed(whole[index] ?? null, rest, value);
    return inner === undefined ? undefined : [...whole.slice(0, index), inner, ...whole.slice(index + 1)];
  }
  if (!isObject(whole)) return undefined;
  const name = key === '{}' ? (Object.keys(whole)[0] ?? 'key') : key;
  const inner = placed(whole[name] ?? null, rest, value);
  return inner === undefined ? undefined : { ...whole, [name]: inner };
}

/** Schemas that steer a proposal towards what the change is about; undefined = no steering. */
function demandsOf(change: SchemaChange | undefined): (Schema | undefined)[] {
  if (change === undefined) return [{ maxProperties: 0 }, undefined];
  const { subject, change: word, before, after, branch, name } = change;
  const demands: Schema[] = [];
  for (const bound of [before, after]) demands.push(...beyond(subject, bound));
  for (const list of [before, after]) {
    if (subject === 'enum' && Array.isArray(list)) demands.push(...list.slice(0, 3).map((value) => ({ const: value })));
    if (subject === 'type' && Array.isArray(list)) demands.push(...list.map((type) => ({ type })));
  }
  if (subject === 'null') demands.push({ type: 'null' });
  if (branch !== undefined) demands.push(branch);
  if (subject === 'property' && name !== undefined) demands.push({ not: { required: [name] } });
  if (subject === 'additional-properties' && word === 'closed') demands.push({ required: ['undeclared'] });
  return [...demands, undefined];
}

/** Just outside a bound. */
function beyond(subject: string, bound: JsonValue | undefined): Schema[] {
  const value = typeof bound === 'number' ? bound : Number.parseFloat(typeof bound === 'string' ? bound : '');
  if (Number.isNaN(value)) return [];
  switch (subject) {
    case 'maximum':
      return [{ exclusiveMinimum: value }, { minimum: value, maximum: value }];
    case 'minimum':
      return [{ exclusiveMaximum: value }, { minimum: value, maximum: value }];
    case 'max-length':
      return value < limits.length ? [{ minLength: value + 1 }] : [];
    case 'min-length':
      return [{ maxLength: Math.max(0, value - 1) }];
    case 'max-items':
      return value < limits.items ? [{ minItems: value + 1 }] : [];
    case 'min-items':
      return [{ maxItems: Math.max(0, value - 1) }];
    case 'max-properties':
      return value < limits.items ? [{ minProperties: value + 1 }] : [];
    case 'min-properties':
      return [{ maxProperties: Math.max(0, value - 1) }];
    default:
      return [];
  }
}
