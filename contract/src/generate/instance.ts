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
  /** Only what is required. */
  bare?: boolean;
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

/** Rules about members that must be there and must not, or of no type: drawing again mends none of them. */
const lasting = new Set(['required', 'unknown-property', 'false schema', 'maxProperties', 'type']);
/** Faults of one value that are looked through for one of these. */
const mostFaults = 20;

/** What is found out once for each schema. */
interface Known {
  validators: WeakMap<object, Map<string, Validator>>;
  hopeless: WeakMap<Validator, boolean>;
}

/** Values of schemas. The same seed, schema, wish and time give the same value in any process. */
export class Generator {
  readonly #options: GeneratorOptions;
  readonly #known: Known;

  constructor(options: GeneratorOptions, known: Known = { validators: new WeakMap(), hopeless: new WeakMap() }) {
    this.#options = options;
    this.#known = known;
  }

  /** The same generator at another time, perhaps with another seed. What was found out is shared. */
  at(now: Temporal.Instant, seed = this.#options.seed): Generator {
    if (now === this.#options.now && seed === this.#options.seed) return this;
    return new Generator({ ...this.#options, now, seed }, this.#known);
  }

  /** A value valid against `schema`. Cost: microseconds for small schemas, plus compiling each schema once. */
  instance(schema: Schema, wish: Wish = {}): Generated {
    const validator = this.validator(schema, wish.direction);
    let value: JsonValue = null;
    const first = wish.bare === true ? generous : 0;
    for (let attempt = first; attempt < proposals; attempt++) {
      value = this.#propose(schema, wish, attempt).value;
      if (validator.check(value)) return { value, valid: true };
      if (attempt === first && this.#isHopeless(schema, wish, validator))
        return { value: this.#propose(schema, wish, proposals - 1).value, valid: false };
      const better = attempt < mended ? repaired(value, validator) : undefined;
      if (better !== undefined) return { value: better, valid: true };
    }
    return { value, valid: false };
  }

  #propose(schema: Schema, wish: Wish, attempt: number): { value: JsonValue; isForced: boolean } {
    const { document, now, seed } = this.#options;
    const manner: Manner = {
      document,
      now,
      direction: wish.direction,
      bare: attempt >= generous,
      depth: attempt >= deepUntil ? 3 : attempt >= generous ? 12 : 6,
      ordinal: wish.ordinal,
    };
    const draw = new Draw(hashText(`${seed}/${wish.key ?? ''}/${wish.name ?? ''}/${attempt}`));
    const proposal = new Proposal(manner, draw);
    return { value: proposal.value(schema, wish.name ?? '', draw) ?? null, isForced: proposal.isForced };
  }

  /** What the schema forces upon every proposal contradicts it. Asked once for each schema. */
  #isHopeless(schema: Schema, wish: Wish, validator: Validator): boolean {
    let hopeless = this.#known.hopeless.get(validator);
    if (hopeless === undefined) {
      const { value, isForced } = this.#propose(schema, wish, generous);
      hopeless = isForced && validator.explain(value, mostFaults).some(({ rule }) => lasting.has(rule));
      this.#known.hopeless.set(validator, hopeless);
    }
    return hopeless;
  }

  /** The validator that judges instances of `schema`; compiled once. */
  validator(schema: Schema, direction?: Direction): Validator {
    let byDirection = isObject(schema) ? this.#known.validators.get(schema) : undefined;
    const known = byDirection?.get(direction ?? '');
    if (known) return known;
    const compiled = compileSchema(schema, { document: this.#options.document, ...(direction ? { direction } : {}) });
    if (!isObject(schema)) return compiled;
    if (!byDirection) this.#known.validators.set(schema, (byDirection = new Map()));
    const validator = steady(compiled);
    byDirection.set(direction ?? '', validator);
    return validator;
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
