// What single applications may beyond the contract, each until a day: go on with an operation after its sunset and through
// its brown-outs (`extension`), or use one that is not promised yet (`preview`).

import type { Principal } from '../kernel/index.ts';

export type LeaveKind = 'extension' | 'preview';

export interface Leave {
  kind: LeaveKind;
  applicationId: string;
  /** `orders@1.getOrder`, or `orders@1.*` for all of a contract. */
  operation: string;
  /** Milliseconds since the epoch. */
  untilMs: number;
}

export class Leaves {
  #all = new Map<string, number>();
  #operations = new Set<string>();

  /** Takes the place of all before. */
  replace(leaves: readonly Leave[]): void {
    this.#all = new Map(leaves.map((each) => [nameOf(each.kind, each.applicationId, each.operation), each.untilMs]));
    this.#operations = new Set(leaves.map(({ kind, operation }) => `${kind} ${operation}`));
  }

  /** True when any application has leave for this operation: whether this one has can be said once it is known. */
  concerns(kind: LeaveKind, operation: string): boolean {
    return this.#operations.has(`${kind} ${operation}`) || this.#operations.has(`${kind} ${allOf(operation)}`);
  }

  allows(kind: LeaveKind, { applicationId }: Principal, at: { operation: string; nowMs: number }): boolean {
    if (applicationId === undefined) return false;
    return [at.operation, allOf(at.operation)].some(
      (operation) => (this.#all.get(nameOf(kind, applicationId, operation)) ?? 0) > at.nowMs,
    );
  }
}

function allOf(operation: string): string {
  return `${operation.slice(0, operation.indexOf('.'))}.*`;
}

function nameOf(kind: LeaveKind, applicationId: string, operation: string): string {
  return `${kind} ${applicationId} ${operation}`;
}
