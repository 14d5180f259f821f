// The rules without which the edge runs no contract of ours. They stand apart so that to serve a contract is not to load
// every rule there is.

import type { Contract, Finding } from '../model/contract.ts';
import type { Rule } from './rule.ts';
import * as policy from './rules/policy.ts';
import * as security from './rules/security.ts';
import { runRules, settingsOf } from './run.ts';

/** Every rule that refuses (rules.test.ts holds this against all of them). */
export const refusing: readonly Rule[] = [policy, security]
  .flatMap((file): Rule[] => Object.values(file))
  .filter((rule) => rule.refuses);

/** Why the edge will not run this contract: deny by default. Empty for contracts of others. */
export function refusals(contract: Contract): Finding[] {
  if (contract.foreign) return [];
  const chosen = refusing.map((rule) => ({ rule, severity: rule.severity, settings: settingsOf(rule) }));
  return runRules(chosen, contract);
}
