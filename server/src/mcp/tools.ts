// Operations as tools of one caller: what the contracts declare for agents and the caller's scopes allow.

import { type AgentTool, type Contract, isTool, type Operation, toolOf } from '@plinth/contract';
import type { Principal } from '@plinth/runtime';
import { isEarlierMajor } from '@plinth/runtime/pipeline';

/** A tool with the operation behind it. */
export interface Tool extends AgentTool {
  /** `orders.getOrder`. */
  key: string;
}

/** Tools of operations, made once: they depend on nothing but the contract. */
const described = new WeakMap<Operation, AgentTool>();

/** Tools of a caller, in the order of their names. */
export function toolsFor(contracts: readonly Contract[], principal: Principal): Tool[] {
  return contracts
    .filter((contract) => !isEarlierMajor(contract))
    .flatMap((contract) =>
      contract.operations
        .filter((operation) => isTool(operation) && isAllowed(operation, principal))
        .map((operation) => ({ ...describe(contract, operation), key: `${contract.id}.${operation.id}` })),
    )
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

/** The scopes that the tool of this name asks for; undefined = there is no such tool for anybody. */
export function scopeOfTool(contracts: readonly Contract[], name: string): string | undefined {
  for (const contract of contracts) {
    if (isEarlierMajor(contract)) continue;
    const found = contract.operations.find((each) => isTool(each) && describe(contract, each).name === name);
    if (found !== undefined)
      return Object.values(found.security?.[0] ?? {})
        .flat()
        .join(' ');
  }
  return undefined;
}

function describe(contract: Contract, operation: Operation): AgentTool {
  let tool = described.get(operation);
  if (tool) return tool;
  // Answers have several declared shapes (201, 202); a schema of one of them would make the others look wrong.
  const { outputSchema: _one, ...rest } = toolOf(contract, operation);
  tool = rest;
  described.set(operation, tool);
  return tool;
}

function isAllowed({ security }: Operation, principal: Principal): boolean {
  if (principal.scopes.has('*')) return true;
  return (security ?? []).some((alternative) =>
    Object.values(alternative)
      .flat()
      .every((scope) => principal.scopes.has(scope)),
  );
}
