// Stage `limit`: short limits after authorization, so that a stranger cannot use up a customer's allowance.
// Headers: draft-ietf-httpapi-ratelimit-headers-10, at most three policies.

import type { Limit } from '@plinth/contract';
import { unreachable } from '../../kernel/index.ts';
import type { LimitStore } from '../../ports/index.ts';
import type { Exchange, Step } from '../exchange.ts';
import { refuse, type CompiledOperation } from '../operation.ts';

const mostPolicies = 3;

/** Every operation counts against `standard` unless it declares its own limits. */
export function compileLimit(
  operation: CompiledOperation,
  store: LimitStore,
  standard: readonly Limit[],
): Step | undefined {
  const declared = operation.operation.policy.limits;
  const limits = (declared.length > 0 ? declared : standard).slice(0, mostPolicies);
  if (limits.length === 0) return undefined;
  const scope = declared.length > 0 ? operation.contract.id : 'edge';
  const policy = limits.map(({ name, quota, windowS }) => `"${name}";q=${quota};w=${windowS}`).join(', ');
  const prefixes = limits.map(({ name }) => `${scope}:${name}:`);
  // The store counts durations only, so the process clock is enough and cannot be moved.
  return (x) => {
    const nowMs = x.startedMs;
    let left = '';
    for (let index = 0; index < limits.length; index++) {
      const limit = limits[index] as Limit;
      const take = store.take(prefixes[index] + whom(x, limit.per), limit.quota, limit.windowS, nowMs);
      const resetS = Math.max(1, Math.ceil(take.resetS));
      left += `${index === 0 ? '' : ', '}"${limit.name}";r=${take.remaining};t=${resetS}`;
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
