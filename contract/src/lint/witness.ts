// Witnesses: values that show what a rule claims, found by the generator and judged by the validator.

import { createGenerator, type Generator } from '../generate/instance.ts';
import { follow, isObject } from '../load/pointer.ts';
import type { Contract, JsonValue, Schema } from '../model/contract.ts';
import { typesOf } from './nodes.ts';

const limits = { branches: 8, values: 2 } as const;

const generators = new WeakMap<Contract, Generator>();

function generatorOf(contract: Contract): Generator {
  let generator = generators.get(contract);
  if (generator === undefined) {
    // Any fixed time will do: a witness is checked, not believed.
    const now = Temporal.Instant.fromEpochMilliseconds(0);
    generators.set(contract, (generator = createGenerator({ document: contract.document, seed: 1, now })));
  }
  return generator;
}

/** A value that two of the branches accept, with their places; undefined when none was found among a few tries. */
export function ambiguousWitness(
  contract: Contract,
  branches: readonly JsonValue[],
): { value: JsonValue; first: number; second: number } | undefined {
  const list = branches
    .slice(0, limits.branches)
    .filter((branch): branch is Schema => typeof branch === 'boolean' || isObject(branch));
  const generator = generatorOf(contract);
  try {
    for (const [index, branch] of list.entries()) {
      const others = list.flatMap((other, at) =>
        at !== index && mayMeet(contract, branch, other) ? [{ other, at }] : [],
      );
      if (others.length === 0) continue;
      for (let ordinal = 0; ordinal < limits.values; ordinal++) {
        const { value, valid } = generator.instance(branch, { key: String(ordinal) });
        const met = valid ? others.find(({ other }) => generator.validator(other).check(value)) : undefined;
        if (met !== undefined) return { value, first: Math.min(index, met.at), second: Math.max(index, met.at) };
      }
    }
  } catch {
    // A branch that cannot be compiled is reported by `schema-valid`.
  }
  return undefined;
}

/** False when the branches' own types have nothing in common: the cheap way to most verdicts. */
function mayMeet(contract: Contract, a: Schema, b: Schema): boolean {
  const [left, right] = [follow(contract.document, a), follow(contract.document, b)];
  if (!isObject(left) || !isObject(right)) return true;
  const [some, others] = [typesOf(left), typesOf(right)];
  if (some.length === 0 || others.length === 0) return true;
  return wide(some).some((type) => wide(others).includes(type));
}

/** An integer is a number too. */
function wide(names: readonly string[]): string[] {
  return names.includes('number') ? [...names, 'integer'] : [...names];
}
