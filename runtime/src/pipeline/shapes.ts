// The shapes of one operation, compiled once from its contract: parameters, body, replies. The only place where the
// pipeline meets the contract's validators.

import type { Contract, Operation } from '@plinth/contract';
import type { ProblemDetail } from './problems.ts';

export type Values = { values: Record<string, unknown> } | { errors: readonly ProblemDetail[] };

export interface BodyShape {
  /** Declared media types. */
  accepted: readonly string[];
  required: boolean;
  /** Checks a parsed JSON body; undeclared properties are refused or dropped as the contract says. */
  check(value: unknown): { value: unknown } | { errors: readonly ProblemDetail[] };
}

export interface OperationShapes {
  /** Typed parameters by name, from the decoded path, the raw query and header fields. */
  readParams(
    path: Readonly<Record<string, string>>,
    query: string,
    from: { header(name: string): string | undefined },
  ): Values;
  /** Parameters that are already typed (an invocation's input). Defaults are filled in alike. */
  checkParams(input: Readonly<Record<string, unknown>>): Values;
  body: BodyShape | undefined;
  /** Why a JSON text is not accepted although it may be well formed; undefined = fine. */
  scanJson(text: string): string | undefined;
  /** True when this reply is to be checked. */
  mustCheck(): boolean;
  /** What is wrong with a reply; undefined = fine. */
  checkReply(status: number, body: unknown): readonly unknown[] | undefined;
}

export function compileShapes(contract: Contract, operation: Operation, check: 'always' | 'sampled'): OperationShapes {
  throw new Error(`${contract.id} ${operation.id} ${check}`);
}
