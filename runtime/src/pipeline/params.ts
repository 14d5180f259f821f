// Parameters of an invocation: they arrive typed, so nothing is coerced; defaults, required ones and schemas count alike.

import {
  compileSchema,
  isObject,
  type Contract,
  type Operation,
  type Param,
  type Validator,
} from '@plinth/contract/serving';
import type { ProblemDetail } from './problems.ts';
import type { Values } from './shapes.ts';

interface Checked {
  param: Param;
  fallback: unknown;
  validator: Validator;
}

/** Checks an input's parameters; `body` is left to the body's own check. Undeclared names are refused or dropped. */
export function compileInputCheck(
  contract: Contract,
  operation: Operation,
): (input: Readonly<Record<string, unknown>>) => Values {
  const all = operation.params.map((param): Checked => ({
    param,
    fallback: isObject(param.schema) ? param.schema['default'] : undefined,
    validator: compileSchema(param.schema, { document: contract.document }),
  }));
  const names = new Set([...operation.params.map(({ name }) => name), 'body']);
  const refusesUnknown = operation.policy.unknown === 'refuse';
  return (input) => {
    const values: Record<string, unknown> = {};
    const errors: ProblemDetail[] = [];
    for (const name of refusesUnknown ? Object.keys(input) : []) if (!names.has(name)) errors.push(unknown(name));
    for (const each of all) {
      const value = input[each.param.name] ?? each.fallback;
      if (value === undefined) {
        if (each.param.required) errors.push(missing(each.param));
      } else if (each.validator.check(value)) values[each.param.name] = value;
      else errors.push(...faultsOf(each, value));
    }
    return errors.length > 0 ? { errors } : { values };
  };
}

function faultsOf({ param, validator }: Checked, value: unknown): ProblemDetail[] {
  const place = { in: placeOf(param) };
  return validator
    .explain(value, 5)
    .map((each) => Object.assign(each, place, { pointer: `/${param.name}${each.pointer}` }));
}

/** A `querystring` parameter is the query to whoever reads the problem. */
function placeOf(param: Param): 'path' | 'query' | 'header' | 'cookie' {
  return param.in === 'querystring' ? 'query' : param.in;
}

function missing(param: Param): ProblemDetail {
  return { in: placeOf(param), pointer: `/${param.name}`, rule: 'required', message: 'Is required.' };
}

function unknown(name: string): ProblemDetail {
  return { in: 'query', pointer: `/${name.slice(0, 64)}`, rule: 'unknown-parameter', message: 'Is not known here.' };
}
