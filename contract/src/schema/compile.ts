// JSON Schema 2020-12 → validators and body readers. A schema's `$ref`s point into its document; validators are
// compiled on first use and kept with it.

import { isObject } from '../load/pointer.ts';
import type { JsonObject, Schema } from '../model/contract.ts';
import type { Direction } from './build.ts';
import { emit } from './emit.ts';
import { type Engine, engineFor } from './engine.ts';
import { faultsOf, isValid } from './interpret.ts';
import type { Node } from './ir.ts';
import { type Violation, violationsOf } from './messages.ts';
import { compileProjection } from './project.ts';

export type { Direction } from './build.ts';
export type { Violation } from './messages.ts';
export { declaredMembers, type Members } from './members.ts';

export interface Validator {
  /** The verdict. The first calls interpret the schema; from the twentieth on emitted code answers. */
  check(value: unknown): boolean;
  /** What is wrong and how to mend it; at most `max` (50). Empty exactly when `check` says yes. Slower than `check`. */
  explain(value: unknown, max?: number): Violation[];
  /** Emits code now instead of at the twentieth call: the first request is then as quick as the next. */
  prepare(): void;
  /** The emitted code: a function body over the helpers `h` that returns a list whose first entry is the verdict. */
  source(): string;
}

export interface SchemaOptions {
  /** Root that `#/…` references point into; default: the schema itself. */
  document?: JsonObject;
  /** Address of the document, which relative references start from. */
  base?: string;
  /** Schemas outside of the document, by absolute address without fragment. */
  resolve?: (uri: string) => Schema | undefined;
  /** `assert` (default) checks formats; `annotate` ignores them. */
  formats?: 'assert' | 'annotate';
  /** readOnly properties are not required in requests, writeOnly ones not in responses. */
  direction?: Direction;
  /** Refuse properties that the schema neither names nor allows, wherever an object is complete. */
  closed?: boolean;
}

/** Calls that are interpreted before code is emitted. */
const interpreted = 20;

/** Compiles on first use, and throws then on a schema that is none or whose references lead nowhere. */
export function compileSchema(schema: Schema, options: SchemaOptions = {}): Validator {
  const document = options.document ?? (isObject(schema) ? schema : {});
  let engine: Engine | undefined;
  let verdict: ((value: unknown) => boolean) | undefined;
  let calls = 0;
  const engineOf = (): Engine => (engine ??= engineFor({ ...options, document, formats: options.formats ?? 'assert' }));
  let root: Node | undefined;
  const nodeOf = (): Node => (root ??= engineOf().node(schema));
  const prepare = (): void => {
    verdict ??= engineOf().function(nodeOf());
  };
  const check = (value: unknown): boolean => {
    if (verdict) return verdict(value);
    if (++calls > interpreted) prepare();
    return isValid(nodeOf(), value);
  };
  return {
    check,
    explain(value, max = 50) {
      if (check(value)) return [];
      return violationsOf(faultsOf(nodeOf(), value, max).list, nodeOf());
    },
    prepare,
    source: () => emit(nodeOf()).source,
  };
}

/** A body reader: verdict, words, and the value as business code may see it. */
export interface BodyReader extends Validator {
  /**
   * The value without readOnly (requests) or writeOnly (responses) properties; under `unknown: drop` also without
   * what was neither declared nor allowed. The very same value when nothing can be left out.
   */
  project(value: unknown): unknown;
}

export interface BodyOptions {
  unknown: 'refuse' | 'drop' | 'pass';
  direction: Direction;
}

/**
 * Compiles a request or response body. Under `refuse` an undeclared property of a request is a violation
 * (`unknown-property`), and so is a readOnly one (`read-only`).
 */
export function compileBody(schema: Schema, document: JsonObject, options: BodyOptions): BodyReader {
  const { direction, unknown } = options;
  const closed = unknown === 'refuse' && direction === 'request';
  const validator = compileSchema(schema, { document, direction, closed });
  // Whatever `closed` refuses cannot be there any more.
  const project = closed
    ? (value: unknown) => value
    : compileProjection(schema, document, { direction, drop: unknown === 'drop' });
  return { ...validator, project };
}
