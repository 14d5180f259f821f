// What an application was sold: other limits than the contract's by their names, and quotas of calendar days and months.

import type { Contract, Limit } from '@plinth/contract';
import { capabilityOf } from '../majors.ts';

/** What counts for operations that declare no limits. */
export const standardLimits: readonly Limit[] = [{ name: 'standard', per: 'principal', quota: 600, windowS: 60 }];

/** Of one product in one calendar day or month (UTC). */
export interface Quota {
  /** Id of a contract. */
  readonly product: string;
  readonly per: 'day' | 'month';
  /** Calls, 0 = none. */
  readonly calls: number;
}

export interface Plan {
  /** Calls in a limit's window, by the limit's name: more or fewer than the contract says. */
  readonly limits?: Readonly<Record<string, number>> | undefined;
  readonly quotas?: readonly Quota[] | undefined;
}

/** Asked once a second at most for an application that calls; undefined = the contract's limits and no quota. */
export type FindPlan = (applicationId: string) => Promise<Plan | undefined>;

/**
 * Why a plan cannot be sold under these contracts, in words; undefined = it can. Names that nothing counts by would be
 * passed over, and under a limit that is lower than what one call costs no call would ever pass.
 */
export function faultOfPlan({ limits = {}, quotas = [] }: Plan, contracts: readonly Contract[]): string | undefined {
  for (const [name, quota] of Object.entries(limits)) {
    const costs = contracts.flatMap((contract) => costsOf(contract, name));
    if (costs.length === 0) return `No operation for partners has a limit ${name}.`;
    const dearest = costs.reduce((one, other) => (other.cost > one.cost ? other : one));
    if (quota < dearest.cost)
      return `A call of ${dearest.operation} costs ${dearest.cost} of the limit ${name}: with ${quota} none would ever pass.`;
  }
  const odd = quotas.find(({ product }) => !contracts.some((contract) => capabilityOf(contract) === product));
  return odd && `There is no product ${odd.product}.`;
}

/** What one call of each operation for partners costs of the limit `name`. */
function costsOf({ id, operations }: Contract, name: string): { operation: string; cost: number }[] {
  return operations
    .filter(({ policy }) => policy.audience.includes('partner'))
    .flatMap((operation) => {
      const { limits } = operation.policy;
      const limit = (limits.length > 0 ? limits : standardLimits).find((each) => each.name === name);
      return limit === undefined ? [] : [{ operation: `${id}.${operation.id}`, cost: limit.cost ?? 1 }];
    });
}
