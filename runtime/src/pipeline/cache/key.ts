// What an answer depends on, as text. Nothing that is not in it reaches a cacheable handler.

import type { CachePolicy } from '@plinth/contract';
import type { Principal } from '../../kernel/index.ts';
import { canonicalJson } from '../../security/canonical-json.ts';
import type { Exchange } from '../exchange.ts';
import type { CompiledOperation } from '../operation.ts';

/**
 * Operation, major version, audience, caller (if private), all declared parameters in order of their names, and the
 * fields of `vary`. Parts are separated by line feeds, which none of them can contain.
 */
export function compileKey(operation: CompiledOperation, cache: CachePolicy): (x: Exchange) => string {
  const start = `${operation.key} ${operation.contract.major}`;
  const callerOf = cache.scope === 'private' ? callerText : (): string => '';
  const { vary } = cache;
  return (x) => {
    const key = `${start}\n${x.principal.audience}\n${callerOf(x.principal)}\n${canonicalJson(x.input)}`;
    return vary.length === 0 ? key : `${key}\n${vary.map((name) => fieldText(x.header(name))).join('\n')}`;
  };
}

/** An absent field is not an empty one. */
function fieldText(field: string | undefined): string {
  return field === undefined ? '-' : `=${field.trim()}`;
}

/** Principals come out of the token cache, so one text is made per token and not per request. */
const callers = new WeakMap<Principal, string>();

/** All that a handler may look at; not the name, nor when the credential was made and ends. */
function callerText(principal: Principal): string {
  let text = callers.get(principal);
  if (text === undefined) {
    const { issuer, subject, customerId, partnerId, applicationId, actor, acr, channel, sessionId } = principal;
    const scopes = [...principal.scopes].toSorted();
    const parts = [issuer, subject, customerId, partnerId, applicationId, actor, acr, channel, sessionId, scopes];
    text = canonicalJson(parts);
    callers.set(principal, text);
  }
  return text;
}
