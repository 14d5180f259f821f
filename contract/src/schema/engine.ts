// Ajv behind one small face: nothing else in the repository knows it. One engine per document, direction, strictness.

import addFormats from 'ajv-formats';
import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js';
import { isObject } from '../load/pointer.ts';
import type { JsonObject, JsonValue, Schema } from '../model/contract.ts';
import { addChoices } from './choice.ts';
import { addOwnFormats } from './formats.ts';
import { type Preparation, prepareRoot, prepareWhole } from './prepare.ts';

export interface EngineOptions extends Preparation {
  formats: 'assert' | 'annotate';
}

/** Compiles schemas of one document. The same schema is compiled once. */
export interface Engine {
  /** Stops at the first fault; the verdict. */
  verdict(schema: Schema): (value: unknown) => boolean;
  /** Collects faults; unknown properties are left to the caller. */
  faults(schema: Schema): (value: unknown) => readonly ErrorObject[];
}

const engines = new WeakMap<object, Map<string, Engine>>();

export function engineFor(options: EngineOptions): Engine {
  const key = `${options.formats} ${options.direction ?? ''} ${options.closed ?? false}`;
  let ofDocument = engines.get(options.document);
  if (!ofDocument) engines.set(options.document, (ofDocument = new Map()));
  let engine = ofDocument.get(key);
  if (!engine) ofDocument.set(key, (engine = createEngine(options)));
  return engine;
}

function createEngine(options: EngineOptions): Engine {
  const quick = lazyCompiler(options, false);
  // Faults are collected on the open form: closing is explained by name, not by Ajv's bookkeeping.
  const thorough = lazyCompiler({ ...options, closed: false }, true);
  return {
    verdict: quick as Engine['verdict'],
    faults(schema) {
      const validate = thorough(schema);
      return (value) => (validate(value) ? [] : (validate.errors ?? []));
    },
  };
}

function lazyCompiler(options: EngineOptions, allErrors: boolean): (schema: Schema) => ValidateFunction {
  let ajv: Ajv2020 | undefined;
  const compiled = new WeakMap<object, ValidateFunction>();
  const compile = (schema: Schema): ValidateFunction => {
    if (!ajv) {
      ajv = newAjv(options.formats, allErrors);
      ajv.addSchema(prepareRoot(options), 'contract');
    }
    if (!isObject(schema)) return ajv.compile(schema);
    return ajv.compile(pointAtContract(prepareWhole(schema, options)) as object);
  };
  return (schema) => {
    if (!isObject(schema)) return compile(schema);
    let validate = compiled.get(schema);
    if (!validate) compiled.set(schema, (validate = compile(schema)));
    return validate;
  };
}

function newAjv(formats: 'assert' | 'annotate', allErrors: boolean): Ajv2020 {
  const ajv = new Ajv2020({
    strict: false,
    allErrors,
    verbose: allErrors,
    validateSchema: false,
    validateFormats: formats === 'assert',
    logger: false,
    code: { regExp: Object.assign(lenientRegExp, { code: 'lenientRegExp' }) },
  });
  // The package is CommonJS: its default export arrives as a property under some loaders.
  const add = (addFormats as unknown as { default?: typeof addFormats }).default ?? addFormats;
  (add as unknown as (target: unknown) => void)(ajv);
  addOwnFormats(ajv);
  if (allErrors) addChoices(ajv, pointInto);
  return ajv;
}

/** ECMA-262 with `u`; retried without; a pattern that is none under either matches everything (lint names it). */
function lenientRegExp(pattern: string, flags: string): RegExp {
  for (const attempt of [flags, '']) {
    try {
      return new RegExp(pattern, attempt);
    } catch {
      // The next attempt is more lenient.
    }
  }
  return /(?:)/;
}

const maps = new Set(['properties', 'patternProperties', '$defs', 'definitions', 'dependentSchemas']);
const data = new Set(['examples', 'example', 'default', 'enum', 'const', 'x-plinth']);

function pointAtContract(schema: JsonValue): JsonValue {
  return pointInto(schema, 'contract');
}

/** `#/components/…` → `base#/components/…`, in a copy. A property may be called `enum`; its schema still counts. */
function pointInto(value: JsonValue, base: string, isMap = false): JsonValue {
  if (Array.isArray(value)) return value.map((item) => pointInto(item, base));
  if (!isObject(value)) return value;
  const copy: JsonObject = {};
  for (const [key, child] of Object.entries(value)) {
    if (isMap) copy[key] = pointInto(child, base);
    else if (key === '$ref' && typeof child === 'string' && child.startsWith('#')) copy[key] = `${base}${child}`;
    else if (data.has(key)) copy[key] = child;
    else copy[key] = pointInto(child, base, maps.has(key));
  }
  return copy;
}
