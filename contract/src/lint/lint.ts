// Runs the rules over a contract. What loading found (`x-unknown-key`, `ref-unresolved` …) is not repeated here.

import type { Contract, Finding } from '../model/contract.ts';
import type { Rule } from './rule.ts';
import { emitsKnown, problemsKnown, successResponse } from './rules/answers.ts';
import { operationId, pathAmbiguous, pathParamDeclared, unusedComponent } from './rules/identity.ts';
import { confirmDestructive, effectDeclared, idempotencyOnPost, pagingOnList, skillPhrases } from './rules/policy.ts';
import { exampleValid, moneyFloat, schemaValid } from './rules/schema.ts';
import { ownerCheck, scopeDeclared, securityDeclared, writeAudience } from './rules/security.ts';
import { statesReachable, statesTotal } from './rules/states.ts';

/** All rules, in the order they are explained. */
export const rules: readonly Rule[] = [
  operationId,
  pathAmbiguous,
  pathParamDeclared,
  unusedComponent,
  securityDeclared,
  ownerCheck,
  scopeDeclared,
  writeAudience,
  effectDeclared,
  idempotencyOnPost,
  pagingOnList,
  confirmDestructive,
  successResponse,
  problemsKnown,
  emitsKnown,
  schemaValid,
  exampleValid,
  moneyFloat,
  statesTotal,
  statesReachable,
  skillPhrases,
];

export interface LintOptions {
  /** `own`: everything; `foreign`: what makes somebody else's contract unusable. Default: as the contract says. */
  preset?: 'own' | 'foreign';
}

/** At most this many findings of one rule; a broken generator should not print a book. */
const mostPerRule = 100;

/** Findings in the order file, line, column, rule. */
export function lint(contract: Contract, options: LintOptions = {}): Finding[] {
  const preset = options.preset ?? (contract.foreign ? 'foreign' : 'own');
  const findings = rules.flatMap((rule) => {
    const severity = preset === 'own' ? rule.severity : rule.foreign;
    return severity === undefined ? [] : run({ ...rule, severity }, contract);
  });
  return sortFindings(findings);
}

/** Why the edge will not run this contract: deny by default. Empty for contracts of others. */
export function refusals(contract: Contract): Finding[] {
  if (contract.foreign) return [];
  return sortFindings(rules.filter((rule) => rule.refuses).flatMap((rule) => run(rule, contract)));
}

function run(rule: Rule, contract: Contract): Finding[] {
  const findings: Finding[] = [];
  rule.check(contract, (node, message, fix) => {
    if (findings.length >= mostPerRule) return;
    const position = contract.at(node ?? contract.document);
    findings.push({
      ...position,
      rule: rule.id,
      severity: rule.severity,
      message,
      ...(fix === undefined ? {} : { fix }),
    });
  });
  return findings;
}

/** A stable order, so that two runs print the same. */
export function sortFindings(findings: readonly Finding[]): Finding[] {
  return findings.toSorted(
    (a, b) =>
      a.file.localeCompare(b.file) ||
      a.line - b.line ||
      a.column - b.column ||
      a.rule.localeCompare(b.rule) ||
      a.message.localeCompare(b.message),
  );
}
