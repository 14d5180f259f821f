// Deny by default: a contract that leaves open who may call, what changes or whose things they are is not installed.

import { refusals, type Finding } from '@plinth/contract/serving';
import { checkCaches } from './cache/refuse-cache.ts';
import type { Binding } from './edge.ts';
import { checkWebhooks } from './refuse-webhooks.ts';

/** A contract may not run. Each finding says what to add and where. */
export class ContractRefused extends Error {
  override readonly name = 'ContractRefused';
  readonly findings: readonly Finding[];

  constructor(findings: readonly Finding[]) {
    super(findings.map(({ message, fix }) => (fix === undefined ? message : `${message} ${fix}`)).join('\n'));
    this.findings = findings;
  }
}

/** Throws ContractRefused when any binding has a finding. */
export function refuseUnsafe(bindings: readonly Binding[]): void {
  const findings = bindings.flatMap((binding) => [
    ...(binding.principal === undefined ? refusals(binding.contract) : []),
    ...checkOwners(binding),
    ...checkHandlers(binding),
    ...checkCaches(binding),
    ...checkWebhooks(binding),
  ]);
  if (findings.length > 0) throw new ContractRefused(findings);
}

/** An owner check that nobody can answer would refuse everybody, or worse. */
function checkOwners(binding: Binding): Finding[] {
  const { contract, owners, mock } = binding;
  if (binding.principal !== undefined) return [];
  return contract.operations.flatMap((operation) =>
    operation.policy.ownerCheck
      .filter(
        (check) =>
          check.id !== undefined && owners[check.object] === undefined && mock?.owners[check.object] === undefined,
      )
      .map((check) => ({
        ...contract.at(operation.node),
        rule: 'owner-unresolved',
        severity: 'error' as const,
        message: `${operation.id}: nothing tells who owns a ${check.object}.`,
        fix: `Add owners: { ${check.object}: … } to the manifest of ${contract.id}.`,
      })),
  );
}

/** A handler without operation is a misspelt name: its operation would silently stay with the mock. */
function checkHandlers(binding: Binding): Finding[] {
  const { contract, handlers } = binding;
  const ids = new Set(contract.operations.map((operation) => operation.id));
  return Object.keys(handlers)
    .filter((id) => !ids.has(id))
    .map((id) => ({
      ...contract.at(contract.document),
      rule: 'handler-unknown',
      severity: 'error' as const,
      message: `${contract.id}: there is a handler ${id}, but no operation of that name.`,
      fix: 'Use the operationId of the contract.',
    }));
}
