// Values that show a finding: valid on one side, refused on the other. They are looked for where the finding points,
// proposed by the one generator, and judged by the validator on both sides, in a whole value each time.

import { createGenerator, type Generator } from '../generate/instance.ts';
import { smallDocument } from '../lint/fault.ts';
import { isObject, segmentsOf } from '../load/pointer.ts';
import type { Contract, JsonObject, JsonValue, Schema } from '../model/contract.ts';
import { compileSchema, declaredMembers, type Direction, type Validator } from '../schema/compile.ts';
import { sameJson } from './json.ts';
import type { SchemaChange } from './schema-changes.ts';

/** Proposals for one finding, and whole values they are put into. */
const limits = { proposals: 4, wholes: 2, items: 50, length: 5_000 } as const;

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
  /** What it is to show; undefined = any value that is refused. */
  change: SchemaChange | undefined;
}

export class Witnesses {
  readonly #validators = new WeakMap<object, Map<string, Validator>>();
  readonly #generators = new WeakMap<JsonObject, Generator>();
  readonly #wholes = new WeakMap<object, (JsonValue | undefined)[]>();

  /** The value of the part, or undefined when none was found among a few. */
  find(search: Search): JsonValue | undefined {
    try {
      return this.#find(search);
    } catch {
      // A schema that the validator cannot compile shows nothing; loading or lint has named it.
      return undefined;
    }
  }

  #find(search: Search): JsonValue | undefined {
    const { valid, refused, path } = search;
    const tried: JsonValue[] = [];
    for (const wanted of demandsOf(search.change)) {
      // A form is proposed by itself: all forms at once would draw another one.
      const alone = wanted !== undefined && wanted === search.change?.branch;
      const schema = wanted === undefined ? valid.part : alone ? wanted : { allOf: [valid.part, wanted] };
      for (let ordinal = 0; ordinal < limits.proposals; ordinal++) {
        const wish = { key: String(ordinal), direction: search.direction };
        const made = this.#generatorOf(valid, schema).instance(schema, wish);
        const part = made.valid ? this.#known(made.value, search) : undefined;
        if (part === undefined || tried.some((one) => sameJson(one, part))) continue;
        tried.push(part);
        if (!this.#check(valid, valid.part, part, search) || this.#check(refused, refused.part, part, search)) continue;
        if (path === '' && valid.part === valid.whole) return part;
        if (this.#inWhole(part, search)) return part;
      }
    }
    return undefined;
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
    for (let ordinal = 0; ordinal < limits.wholes; ordinal++) {
      const whole = this.#whole(search, ordinal);
      const value = whole === undefined ? undefined : placed(whole, segmentsOf(path), part);
      if (value === undefined) continue;
      if (this.#check(valid, valid.whole, value, search) && !this.#check(refused, refused.whole, value, search))
        return true;
    }
    return false;
  }

  /** One of a few values of the whole schema, made when it is asked for: large ones take long, and the first mostly does. */
  #whole({ valid, direction }: Search, ordinal: number): JsonValue | undefined {
    if (!isObject(valid.whole)) return undefined;
    const made = this.#wholes.get(valid.whole) ?? [];
    this.#wholes.set(valid.whole, made);
    if (!(ordinal in made)) {
      const wish = { key: `whole ${ordinal}`, direction };
      const { value, valid: fits } = this.#generatorOf(valid, valid.whole).instance(valid.whole, wish);
      made[ordinal] = fits ? value : undefined;
    }
    return made[ordinal];
  }

  #generatorOf({ contract }: WitnessSide, schema: Schema): Generator {
    const document = smallDocument(contract, schema);
    let generator = this.#generators.get(document);
    if (generator === undefined) {
      // Any fixed time will do: what is proposed is judged.
      const now = Temporal.Instant.fromEpochMilliseconds(0);
      this.#generators.set(document, (generator = createGenerator({ document, seed: 1, now })));
    }
    return generator;
  }

  #check({ contract }: WitnessSide, schema: Schema, value: JsonValue, { direction, closed }: Search): boolean {
    if (!isObject(schema)) return schema;
    let ofSchema = this.#validators.get(schema);
    if (ofSchema === undefined) this.#validators.set(schema, (ofSchema = new Map()));
    const key = `${direction} ${closed}`;
    let validator = ofSchema.get(key);
    if (validator === undefined)
      ofSchema.set(
        key,
        (validator = compileSchema(schema, { document: smallDocument(contract, schema), direction, closed })),
      );
    return validator.check(value);
  }
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
