// JSON Schema 2020-12 → validators and body readers. A schema's `$ref`s point into its document; validators are
// compiled on first use and kept with it.

import { isObject } from '../load/pointer.ts';
import type { JsonObject, Schema } from '../model/contract.ts';
import { type Engine, engineFor } from './engine.ts';
import { explainErrors, type Violation } from './explain.ts';
import type { Direction } from './prepare.ts';
import { compileProjection } from './project.ts';
import { explainUnknown, isSensitive } from './unknown.ts';

export type { Violation } from './explain.ts';
export { declaredMembers, type Members } from './members.ts';
export type { Direction } from './prepare.ts';

export interface Validator {
  check(value: unknown): boolean;
  /** What is wrong and how to mend it; at most `max` (50). Empty exactly when `check` says yes. Slower than `check`. */
  explain(value: unknown, max?: number): Violation[];
}

export interface SchemaOptions {
  /** Root that `#/…` references point into; default: the schema itself. */
  document?: JsonObject;
  /** `assert` (default) checks formats; `annotate` ignores them. */
  formats?: 'assert' | 'annotate';
  /** readOnly properties are not required in requests, writeOnly ones not in responses. */
  direction?: Direction;
  /** Refuse properties that the schema neither names nor allows, wherever an object is complete. */
  closed?: boolean;
}

/** Compiles lazily: the first `check` costs milliseconds, the next microseconds. Throws then on a schema that is none. */
export function compileSchema(schema: Schema, options: SchemaOptions = {}): Validator {
  const { direction, closed } = options;
  const document = options.document ?? (isObject(schema) ? schema : {});
  // A schema that is its own document is entered through its root, so that `#/$defs/…` is found.
  const target: Schema = options.document === undefined && isObject(schema) ? entryOf(schema) : schema;
  let engine: Engine | undefined;
  let verdict: ((value: unknown) => boolean) | undefined;
  const engines = (): Engine =>
    (engine ??= engineFor({ document, direction, closed, formats: options.formats ?? 'assert' }));
  const check = (value: unknown): boolean => (verdict ??= engines().verdict(target))(value);
  return {
    check,
    explain(value, max = 50) {
      if (check(value)) return [];
      const fits = (branch: Schema, part: unknown): boolean => engines().faults(branch)(part).length === 0;
      const unknown = explainUnknown(value, target, { document, direction, closed, fits, max });
      const told = new Set(unknown.map(({ pointer }) => pointer));
      const faults = explainErrors(engines().faults(target)(value), {
        max,
        told,
        isSensitive: (pointer) => isSensitive(target, pointer, document),
      });
      const all = [...faults, ...unknown].slice(0, max);
      return all.length > 0 ? all : [unfit];
    },
  };
}

const unfit: Violation = { pointer: '', rule: 'schema', message: 'Does not have the described form.', schema: '#' };

const entries = new WeakMap<object, JsonObject>();

function entryOf(schema: JsonObject): JsonObject {
  let entry = entries.get(schema);
  if (!entry) entries.set(schema, (entry = { $ref: '#' }));
  return entry;
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
