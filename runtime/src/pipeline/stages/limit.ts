// Stage `limit`: short limits and the quotas of partners' plans, after authorization, so that a stranger cannot use up a
// customer's allowance. Headers: draft-ietf-httpapi-ratelimit-headers-10, at most three policies.

import type { Limit } from '@plinth/contract';
import { serializeBareItem, unreachable } from '../../kernel/index.ts';
import type { LimitStore } from '../../ports/index.ts';
import { wait, type Answer, type Exchange, type Step } from '../exchange.ts';
import { refuse, type CompiledOperation } from '../operation.ts';
import type { Plan } from '../plans/plan.ts';
import type { Plans } from '../plans/plans.ts';
import type { QuotaBook } from '../plans/quota-book.ts';

const mostPolicies = 3;

export interface LimitParts {
  limitStore: LimitStore;
  standardLimits: readonly Limit[];
  /** undefined = applications have the contract's limits and no quotas. */
  plans: Plans | undefined;
  quotas: QuotaBook | undefined;
}

/** Every operation counts against `standard` unless it declares its own limits. */
export function compileLimit(operation: CompiledOperation, parts: LimitParts): Step | undefined {
  const { policy } = operation.operation;
  const limits = compileLimits(operation, parts);
  const { plans, quotas } = parts;
  if (plans === undefined || !policy.audience.includes('partner')) return limits && ((x) => limits(x, undefined));
  const within = (x: Exchange, plan: Plan | undefined): Answer | undefined | Promise<Answer | undefined> =>
    limits?.(x, plan) ?? (plan?.quotas === undefined ? undefined : withinQuotas(x, plan, quotas));
  return (x) => {
    const { applicationId } = x.principal;
    if (applicationId === undefined) return limits?.(x, undefined);
    const plan = plans.of(applicationId);
    const outcome = plan instanceof Promise ? plan.then((found) => within(x, found)) : within(x, plan);
    return outcome instanceof Promise ? wait(x, outcome) : outcome;
  };
}

type Limits = (x: Exchange, plan: Plan | undefined) => Answer | undefined;

function compileLimits(
  operation: CompiledOperation,
  { limitStore: store, standardLimits }: LimitParts,
): Limits | undefined {
  const declared = operation.operation.policy.limits;
  const limits = (declared.length > 0 ? declared : standardLimits).slice(0, mostPolicies);
  if (limits.length === 0) return undefined;
  const scope = declared.length > 0 ? operation.contract.id : 'edge';
  const names = limits.map(({ name }) => serializeBareItem(name));
  const policyFor = (plan: Plan | undefined): string =>
    limits.map((limit, index) => `${names[index]};q=${quotaOf(limit, plan)};w=${limit.windowS}`).join(', ');
  const usual = policyFor(undefined);
  const prefixes = limits.map(({ name }) => `${scope}:${name}:`);
  // The store counts durations only, so the process clock is enough and cannot be moved.
  return (x, plan) => {
    const nowMs = x.startedMs;
    const policy = plan?.limits === undefined ? usual : policyFor(plan);
    let left = '';
    for (let index = 0; index < limits.length; index++) {
      const limit = limits[index] as Limit;
      const take = store.take(prefixes[index] + whom(x, limit.per), quotaOf(limit, plan), limit.windowS, nowMs);
      const resetS = Math.max(1, Math.ceil(take.resetS));
      left += `${index === 0 ? '' : ', '}${names[index]};r=${take.remaining};t=${resetS}`;
      if (take.allowed) continue;
      x.rateLimit = left;
      return refuse(x, 'rate-limited', {
        values: { limit: limit.name },
        headers: ['Retry-After', String(resetS), 'RateLimit-Policy', policy],
      });
    }
    x.rateLimit = left;
    x.rateLimitPolicy = policy;
    return undefined;
  };
}

function quotaOf({ name, quota }: Limit, plan: Plan | undefined): number {
  return plan?.limits?.[name] ?? quota;
}

/** Every quota of this product, in the order of the plan: a call that a later one refuses has counted in the earlier. */
async function withinQuotas(x: Exchange, plan: Plan, quotas: QuotaBook | undefined): Promise<Answer | undefined> {
  const { applicationId = '' } = x.principal;
  for (const quota of plan.quotas ?? []) {
    if (quota.product !== x.operation.contract.id) continue;
    const take = await quotas?.take(applicationId, quota);
    if (take === undefined || take.allowed) continue;
    return refuse(x, 'quota-exhausted', {
      values: { limit: `${quota.product} per ${quota.per}` },
      headers: ['Retry-After', String(take.resetS)],
    });
  }
  return undefined;
}

function whom(x: Exchange, per: Limit['per']): string {
  const { principal } = x;
  const name = principal.subject === '' ? address(x) : `${principal.issuer}|${principal.subject}`;
  switch (per) {
    case 'principal':
      return name;
    case 'application':
      return principal.applicationId ?? name;
    case 'customer':
      return principal.customerId ?? name;
    case 'address':
      return address(x);
    default:
      return unreachable(per);
  }
}

function address(x: Exchange): string {
  return x.transport?.address ?? 'inside';
}
