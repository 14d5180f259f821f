// What a cacheable answer says of itself: how long it may be kept and by whom (RFC 9111, RFC 5861), what it depends on,
// which version it is, and what the cache did (RFC 9211).

import { hash } from 'node:crypto';
import type { CachePolicy, Operation } from '@plinth/contract';
import type { CompiledOperation } from '../operation.ts';

/** The operation's fixed headers with `no-store` replaced and `Vary` added: for answers 200, not for refusals. */
export function cacheableHeaders(operation: CompiledOperation, cache: CachePolicy): readonly string[] {
  const fixed = [...operation.fixedHeaders];
  fixed[fixed.indexOf('Cache-Control') + 1] = cacheControl(cache);
  const vary = varyOf(operation.operation, cache);
  return vary.length === 0 ? fixed : [...fixed, 'Vary', vary.join(', ')];
}

function cacheControl({ scope, ttlS = 0, stale }: CachePolicy): string {
  const parts: string[] = [scope, `max-age=${ttlS}`];
  if (stale.whileRevalidateS > 0) parts.push(`stale-while-revalidate=${stale.whileRevalidateS}`);
  if (stale.ifErrorS > 0) parts.push(`stale-if-error=${stale.ifErrorS}`);
  return parts.join(', ');
}

/** A browser keeps private answers for whoever sits before it next, so the credential is part of what they depend on. */
function varyOf(operation: Operation, { scope, vary }: CachePolicy): string[] {
  const declared = operation.params.filter((param) => param.in === 'header').map(({ name }) => name.toLowerCase());
  const caller = scope === 'private' ? ['authorization', 'cookie', 'plinth-channel'] : [];
  return [...new Set([...caller, ...declared, ...vary])];
}

/** 96 bits of SHA-256 of the body, for answers without a version. */
export function digestTag(body: Uint8Array): string {
  return `"${hash('sha256', body, 'buffer').subarray(0, 12).toString('base64url')}"`;
}

/** `Cache-Status` of an answer that was there; `ttlS` < 0 = it is stale by so much. */
export function hitStatus(ttlS: number): string {
  return `plinth; hit; ttl=${ttlS}`;
}

/** `Cache-Status` of an answer that had to be made. `by`: nothing was kept, or something no longer fresh. */
export function forwardStatus(by: 'uri-miss' | 'stale', done: { stored?: boolean; collapsed?: boolean }): string {
  return `plinth; fwd=${by}${done.stored === true ? '; stored' : ''}${done.collapsed === true ? '; collapsed' : ''}`;
}

/** `Cache-Status` of a stale answer given because making a new one failed. */
export function fallbackStatus(status: number, ttlS: number): string {
  return `plinth; fwd=stale; fwd-status=${status}; ttl=${ttlS}`;
}

/** RFC 9111 5.2.1.7: the caller wants nothing that has to be made. */
export function isOnlyIfCached(field: string | undefined): boolean {
  return field !== undefined && field.split(',', 20).some((part) => part.trim().toLowerCase() === 'only-if-cached');
}
