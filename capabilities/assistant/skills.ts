// The skill model of the contracts that run now, compiled once for each set of contracts.

import type { Contract } from '@plinth/contract';
import { compileSkills, type SkillModel } from '@plinth/conversation';

export function skillSource(contracts: () => readonly Contract[]): () => SkillModel {
  let compiled: { of: readonly Contract[]; model: SkillModel } | undefined;
  return () => {
    const now = contracts();
    if (compiled === undefined || !isSame(compiled.of, now)) compiled = { of: [...now], model: compileSkills(now) };
    return compiled.model;
  };
}

function isSame(left: readonly Contract[], right: readonly Contract[]): boolean {
  return left.length === right.length && left.every((contract, index) => contract === right[index]);
}
