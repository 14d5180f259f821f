// `oneOf` and `anyOf` for explanations: of the branches that failed, only the nearest one is told. Ajv's own keywords
// list the faults of all branches, and references make it impossible to tell afterwards which fault is whose.

import type { Ajv2020, ErrorObject, ValidateFunction } from 'ajv/dist/2020.js';
import { isObject } from '../load/pointer.ts';
import type { JsonObject, JsonValue } from '../model/contract.ts';

/** Makes the local references of a schema point into `base`. */
type Rewrite = (schema: JsonValue, base: string) => JsonValue;

interface Place {
  instancePath: string;
}

interface Judge {
  (value: unknown, place?: Place): boolean;
  errors?: ErrorObject[];
}

/** Replaces the two keywords; `unevaluatedProperties: false` is explained by name elsewhere. */
export function addChoices(ajv: Ajv2020, rewrite: Rewrite): void {
  const compiled = new WeakMap<object, ValidateFunction>();
  const branchOf = (schema: JsonValue, base: string): ValidateFunction => {
    if (!isObject(schema)) return ajv.compile(schema as boolean);
    let validate = compiled.get(schema);
    if (!validate) compiled.set(schema, (validate = ajv.compile(rewrite(schema, base) as object)));
    return validate;
  };
  ajv.removeKeyword('unevaluatedProperties');
  for (const keyword of ['oneOf', 'anyOf'] as const) {
    ajv.removeKeyword(keyword);
    ajv.addKeyword({
      keyword,
      schemaType: 'array',
      errors: 'full',
      compile: (branches: JsonValue[], parent: object, it) =>
        judge({
          keyword,
          branches,
          parent: parent as JsonObject,
          // A schema with an `$id` of its own is what its local references point into.
          branchOf: (branch) => branchOf(branch, it.baseId === '' ? 'contract' : it.baseId),
          schemaPath: `${it.errSchemaPath}/${keyword}`,
        }),
    });
  }
}

interface Choice {
  keyword: 'oneOf' | 'anyOf';
  branches: JsonValue[];
  parent: JsonObject;
  branchOf: (schema: JsonValue) => ValidateFunction;
  schemaPath: string;
}

function judge(choice: Choice): Judge {
  const validate: Judge = (value, place) => {
    const failed: ErrorObject[][] = [];
    let matches = 0;
    for (const branch of choice.branches) {
      const test = choice.branchOf(branch);
      // A recursive schema judges itself while it judges: its faults are kept before the next branch runs.
      if (test(value)) matches += 1;
      failed.push([...(test.errors ?? [])]);
    }
    if (choice.keyword === 'anyOf' ? matches > 0 : matches === 1) return true;
    const at = place?.instancePath ?? '';
    validate.errors =
      matches > 1
        ? [whole(choice, at, value)]
        : nearestBranch(choice, failed, value as JsonValue).map((error) => ({
            ...error,
            instancePath: at + error.instancePath,
          }));
    if (validate.errors.length === 0) validate.errors = [whole(choice, at, value)];
    return false;
  };
  return validate;
}

function whole(choice: Choice, instancePath: string, data: unknown): ErrorObject {
  const { keyword, schemaPath, parent } = choice;
  return { keyword, instancePath, schemaPath, params: {}, data, parentSchema: parent };
}

/** The discriminator's branch, else matching constants, else deepest reached, else fewest faults. */
function nearestBranch(choice: Choice, failed: readonly ErrorObject[][], value: JsonValue): readonly ErrorObject[] {
  const types = onlyTypes(failed);
  if (types) return [{ ...types.first, params: { type: types.all } }];
  const named = namedBranch(choice, value);
  if (named !== undefined) return failed[named] ?? [];
  return failed.toSorted((a, b) => constants(a) - constants(b) || reach(b) - reach(a) || a.length - b.length)[0] ?? [];
}

/** When every branch only wants another type, all the types are told. */
function onlyTypes(failed: readonly ErrorObject[][]): { first: ErrorObject; all: string[] } | undefined {
  const all: string[] = [];
  let first: ErrorObject | undefined;
  for (const errors of failed) {
    const [error] = errors;
    if (errors.length !== 1 || !error || error.keyword !== 'type' || error.instancePath !== '') return undefined;
    first ??= error;
    const type = (error.params as { type: string | string[] }).type;
    all.push(...(Array.isArray(type) ? type : [type]));
  }
  return first && { first, all: [...new Set(all)] };
}

function namedBranch(choice: Choice, value: JsonValue): number | undefined {
  const discriminator = choice.parent['discriminator'];
  const name = isObject(discriminator) ? discriminator['propertyName'] : undefined;
  if (typeof name !== 'string' || !isObject(value)) return undefined;
  const chosen = value[name];
  if (typeof chosen !== 'string') return undefined;
  const mapping = isObject(discriminator) && isObject(discriminator['mapping']) ? discriminator['mapping'] : {};
  const mapped = Object.hasOwn(mapping, chosen) ? mapping[chosen] : chosen;
  const target = typeof mapped === 'string' ? mapped.slice(mapped.lastIndexOf('/') + 1) : chosen;
  const index = choice.branches.findIndex(
    (branch) => isObject(branch) && typeof branch['$ref'] === 'string' && branch['$ref'].endsWith(`/${target}`),
  );
  return index < 0 ? undefined : index;
}

/** Faults that say "this is another kind of thing": a wrong constant just below, or a wrong type here. */
function constants(errors: readonly ErrorObject[]): number {
  return errors.filter(({ keyword, instancePath }) => {
    const shallow = instancePath.lastIndexOf('/') <= 0;
    return (shallow && (keyword === 'const' || keyword === 'enum')) || (instancePath === '' && keyword === 'type');
  }).length;
}

function reach(errors: readonly ErrorObject[]): number {
  return errors.reduce((deepest, error) => Math.max(deepest, error.instancePath.split('/').length), 0);
}
