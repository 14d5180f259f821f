// Stage `limit`: short limits and the quotas of partners' plans, after authorization, so that a stranger cannot use up a
// customer's allowance. Headers: draft-ietf-httpapi-ratelimit-headers-10, at most three policies.

import type { Limit } from '@plinth/contract';
import { type Principal, serializeBareItem, unreachable } from '../../kernel/index.ts';
import type { LimitStore } from '../../ports/index.ts';
import { wait, type Answer, type Exchange, type Step } from '../exchange.ts';
import { fieldLines, flat } from '../head.ts';
import { capabilityOf } from '../majors.ts';
import { refuse, type CompiledOperation } from '../operation.ts';
import type { Plan } from '../plans/plan.ts';
import type { Plans } from '../plans/plans.ts';
import type { QuotaBook } from '../plans/quota-book.ts';

const mostPolicies = 3;

export interface LimitParts {
  limitStore: LimitStore;
  standardLimits: readonly Limit[];
  /** X-RateLimit-*, too, for the first policy. */
  oldRateLimits: boolean;
  /** undefined = applications have the contract's limits and no quotas. */
  plans: Plans | undefined;
  quotas: QuotaBook | undefined;
}

/** Every operation counts against `standard` unless it declares its own limits. */
export function compileLimit(operation: CompiledOperation, parts: LimitParts): Step | undefined {
  const limits = compileLimits(operation, parts);
  const { quotas } = parts;
  const plans = plansFor(operation, parts);
  if (plans === undefined) return limits && ((x) => limits(x, undefined));
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

/**
 * For answers that come before this stage: tells a caller who is known its limits and counts nothing. A promise when its plan
 * has to be looked up; it never rejects.
 */
export function compileTelling(
  operation: CompiledOperation,
  parts: LimitParts,
): ((x: Exchange) => void | Promise<void>) | undefined {
  const limits = compileLimits(operation, parts);
  if (limits === undefined) return undefined;
  const plans = plansFor(operation, parts);
  return (x) => {
    const { subject, applicationId } = x.principal;
    if (subject === '') return undefined;
    const plan = applicationId === undefined ? undefined : plans?.of(applicationId);
    if (plan instanceof Promise) return plan.then((found) => void limits(x, found, 0));
    limits(x, plan, 0);
    return undefined;
  };
}

/** Plans are sold to partners alone. */
function plansFor({ operation }: CompiledOperation, { plans }: LimitParts): Plans | undefined {
  return operation.policy.audience.includes('partner') ? plans : undefined;
}

/** `cost` in place of the limits' own: 0 = only look. */
type Limits = (x: Exchange, plan: Plan | undefined, cost?: 0) => Answer | undefined;

function compileLimits(
  operation: CompiledOperation,
  { limitStore: store, standardLimits, oldRateLimits }: LimitParts,
): Limits | undefined {
  const declared = operation.operation.policy.limits;
  const limits = (declared.length > 0 ? declared : standardLimits).slice(0, mostPolicies);
  if (limits.length === 0) return undefined;
  const scope = declared.length > 0 ? operation.contract.id : 'edge';
  const names = limits.map(({ name }) => serializeBareItem(name));
  const policyFor = (plan: Plan | undefined): string =>
    limits.map((limit, index) => `${names[index]};q=${quotaOf(limit, plan)};w=${limit.windowS}`).join(', ');
  const usual = policyFor(undefined);
  const usualLines = linesOf(usual);
  const figures = names.map((name, index) => `${index === 0 ? '' : ', '}${name};r=`);
  const keys = limits.map(({ name, per }) => compileKey(`${scope}:${name}:`, per));
  // The store counts durations only, so the process clock is enough and cannot be moved.
  return (x, plan, cost) => {
    const nowMs = x.startedMs;
    const policy = plan?.limits === undefined ? usual : policyFor(plan);
    let left = '';
    let old = '';
    for (let index = 0; index < limits.length; index++) {
      const limit = limits[index] as Limit;
      const sold = plan?.limits === undefined ? limit : { ...limit, quota: quotaOf(limit, plan) };
      const counted = cost === undefined ? sold : { ...sold, cost };
      const take = store.take((keys[index] as KeyOf)(x), counted, nowMs);
      const { resetS } = take;
      left += `${figures[index]}${take.remaining};t=${resetS}`;
      if (oldRateLimits && index === 0) old = oldLines(counted.quota, take.remaining, resetS);
      if (take.allowed) continue;
      x.rateLimit = left;
      x.rateLimitLines = old + x.rateLimitLines;
      return refuse(x, 'rate-limited', {
        values: { limit: limit.name },
        headers: ['Retry-After', String(resetS), 'RateLimit-Policy', policy],
      });
    }
    x.rateLimit = left;
    const lines = policy === usual ? usualLines : linesOf(policy);
    x.rateLimitLines = oldRateLimits ? old + lines : lines;
    return undefined;
  };
}

/** What stands before the figures in a head: one text, since every piece of a head is copied on its own. */
function linesOf(policy: string): string {
  return flat(`${fieldLines(['RateLimit-Policy', policy])}RateLimit: `);
}

/** As many clients still read them; Reset is seconds from now, like `t`. */
function oldLines(quota: number, remaining: number, resetS: number): string {
  return `X-RateLimit-Limit: ${quota}\r\nX-RateLimit-Remaining: ${remaining}\r\nX-RateLimit-Reset: ${resetS}\r\n`;
}

/** A plan that was sold before a call cost so much lets one through: it was not sold to be of no use. */
function quotaOf({ name, quota, cost = 1 }: Limit, plan: Plan | undefined): number {
  return Math.max(cost, plan?.limits?.[name] ?? quota);
}

/** Every quota of this product, in the order of the plan: a call that a later one refuses has counted in the earlier. */
async function withinQuotas(x: Exchange, plan: Plan, quotas: QuotaBook | undefined): Promise<Answer | undefined> {
  const { applicationId = '' } = x.principal;
  for (const quota of plan.quotas ?? []) {
    // An earlier major is no product of its own.
    if (quota.product !== capabilityOf(x.operation.contract)) continue;
    const take = await quotas?.take(applicationId, quota);
    if (take === undefined || take.allowed) continue;
    return refuse(x, 'quota-exhausted', {
      values: { limit: `${quota.product} per ${quota.per}` },
      headers: ['Retry-After', String(take.resetS)],
    });
  }
  return undefined;
}

type KeyOf = (x: Exchange) => string;

/** The key of a signed-in caller is made once: to join and hash it for each request costs more than to count. */
function compileKey(prefix: string, per: Limit['per']): KeyOf {
  const known = new WeakMap<Principal, string>();
  return (x) => {
    const { principal } = x;
    if (per === 'address' || principal.subject === '') return prefix + whom(x, per);
    let key = known.get(principal);
    if (key === undefined) known.set(principal, (key = prefix + whom(x, per)));
    return key;
  };
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
