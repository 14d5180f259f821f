// The one generator: schema → a believable valid value. It proposes, the validator judges, what is wrong is mended;
// at most 100 proposals, from generous to bare, with other branches each time.

import { isObject } from '../load/pointer.ts';
import type { JsonObject, JsonValue, Schema } from '../model/contract.ts';
import { compileSchema, type Direction, type Validator } from '../schema/compile.ts';
import { Draw, hashText } from './draw.ts';
import { type Manner, Proposal } from './proposal.ts';
import { repaired } from './repair.ts';

export interface GeneratorOptions {
  /** Root that references point into. */
  document: JsonObject;
  seed: number;
  /** Dates lie around it. */
  now: Temporal.Instant;
}

export interface Wish {
  /** Name of the property or thing; steers words. */
  name?: string;
  /** readOnly properties are left out of requests, writeOnly ones out of responses. */
  direction?: Direction | undefined;
  /** What makes this value another one than its neighbours. */
  key?: string;
  /** Place among neighbours: each takes another of the examples that properties declare. */
  ordinal?: number;
}

export interface Generated {
  value: JsonValue;
  /** False when no valid value was found; `value` is the last proposal then. */
  valid: boolean;
}

const proposals = 100;
/** Proposals with all that is optional, with depth, and with shallow depth; the rest is bare. */
const generous = 6;
const deepUntil = 40;
/** Proposals that are mended when they are wrong: explaining costs more than proposing. */
const mended = 12;

type Validators = WeakMap<object, Map<string, Validator>>;

/** Values of schemas. The same seed, schema, wish and time give the same value in any process. */
export class Generator {
  readonly #options: GeneratorOptions;
  readonly #validators: Validators;

  constructor(options: GeneratorOptions, validators: Validators = new WeakMap()) {
    this.#options = options;
    this.#validators = validators;
  }

  /** The same generator at another time, perhaps with another seed. What was compiled is shared. */
  at(now: Temporal.Instant, seed = this.#options.seed): Generator {
    return new Generator({ ...this.#options, now, seed }, this.#validators);
  }

  /** A value valid against `schema`. Cost: microseconds for small schemas, plus compiling each schema once. */
  instance(schema: Schema, wish: Wish = {}): Generated {
    const validator = this.validator(schema, wish.direction);
    const { document, now, seed } = this.#options;
    const place = `${seed}/${wish.key ?? ''}/${wish.name ?? ''}`;
    let value: JsonValue = null;
    for (let attempt = 0; attempt < proposals; attempt++) {
      const manner: Manner = {
        document,
        now,
        direction: wish.direction,
        bare: attempt >= generous,
        depth: attempt >= deepUntil ? 3 : attempt >= generous ? 12 : 6,
        ordinal: wish.ordinal,
      };
      const draw = new Draw(hashText(`${place}/${attempt}`));
      value = new Proposal(manner, draw).value(schema, wish.name ?? '', draw) ?? null;
      if (validator.check(value)) return { value, valid: true };
      const better = attempt < mended ? repaired(value, validator) : undefined;
      if (better !== undefined) return { value: better, valid: true };
    }
    return { value, valid: false };
  }

  /** The validator that judges instances of `schema`; compiled once. */
  validator(schema: Schema, direction?: Direction): Validator {
    const { document } = this.#options;
    const options = { document, ...(direction ? { direction } : {}) };
    if (!isObject(schema)) return compileSchema(schema, options);
    let byDirection = this.#validators.get(schema);
    if (!byDirection) this.#validators.set(schema, (byDirection = new Map()));
    let known = byDirection.get(direction ?? '');
    if (!known) byDirection.set(direction ?? '', (known = steady(compileSchema(schema, options))));
    return known;
  }
}

/** Schemas that refer to nothing but themselves have no end: no value is valid then. */
export function steady(validator: Validator): Validator {
  const check = (value: unknown): boolean => {
    try {
      return validator.check(value);
    } catch (error) {
      if (error instanceof RangeError) return false;
      throw error;
    }
  };
  return {
    ...validator,
    check,
    explain(value, max) {
      try {
        return validator.explain(value, max);
      } catch (error) {
        if (error instanceof RangeError) return [endless];
        throw error;
      }
    },
  };
}

const endless = { pointer: '', rule: 'schema', message: 'The schema refers to itself without end.', schema: '#' };

/** `createGenerator({ document, seed, now })`. */
export function createGenerator(options: GeneratorOptions): Generator {
  return new Generator(options);
}
