// What a contract says, outright or by implication, about an answer.

import { covers } from '../codec/media.ts';
import type { Contract, Media, Operation, Response } from '../model/contract.ts';
import type { Exchange } from './exchange.ts';

/** Exact status, then `2XX`, then `default`. */
export function responseFor({ responses }: Operation, status: number): Response | undefined {
  const range = `${Math.floor(status / 100)}XX`;
  return (
    responses.find((each) => each.status === status) ??
    responses.find((each) => each.status === range) ??
    responses.find((each) => each.status === 'default')
  );
}

/** The media of a declared response that an answer came in; an exact type before a range. */
export function mediaFor({ media }: Pick<Response, 'media'>, type: string): Media | undefined {
  return (
    media.find((each) => each.type.split(';')[0]?.trim() === type) ?? media.find((each) => covers(each.type, type))
  );
}

/** Refusals that HTTP itself gives, whatever the operation says (RFC 9110, RFC 6585). */
const ofHttp = new Set([405, 406, 408, 411, 413, 414, 415, 417, 421, 426, 429, 431]);
/** Refusals that our policy gives besides (idempotency, preconditions, states, validation). */
const ofPolicy = new Set([400, 401, 403, 404, 409, 412, 422, 428]);

/**
 * True for a refusal that need not be declared: HTTP's own, those of policy in our contracts, and all of them where a
 * contract says nothing about refusals.
 */
export function isImplied(contract: Contract, exchange: Exchange, isValid: boolean): boolean {
  const { operation, status } = exchange;
  if (status < 400 || status > 499) return false;
  if (ofHttp.has(status)) return true;
  if (!contract.foreign) return ofPolicy.has(status) || problemStatuses(contract, operation).has(status);
  const saysNothing = operation.responses.every((each) => typeof each.status === 'number' && each.status < 400);
  if (saysNothing) return true;
  if (status === 400 || status === 422) return !isValid;
  if (status === 401 || status === 403) return isSecured(operation);
  if (status === 404) return operation.path.includes('{');
  return false;
}

function problemStatuses({ problems }: Contract, { policy }: Operation): Set<number> {
  return new Set(problems.filter(({ code }) => policy.problems.includes(code)).map(({ status }) => status));
}

/** True when nobody may call without proving who they are. */
export function isSecured({ security }: Operation): boolean {
  return security !== undefined && security.length > 0 && security.every((entry) => Object.keys(entry).length > 0);
}

/**
 * True when a status says that the request itself was wrong. A declared business problem does not; nor does 422 where
 * the contract keeps 400 for wrong requests, and has 422 for what it does not like about right ones.
 */
export function blamesRequest(contract: Contract, { operation, status, value }: Exchange): boolean {
  if (![400, 405, 406, 415, 422, 501].includes(status)) return false;
  const code = typeof value === 'object' && value !== null && !Array.isArray(value) ? value['code'] : undefined;
  if (typeof code === 'string' && operation.policy.problems.includes(code)) return false;
  const declares = (one: number): boolean => operation.responses.some((each) => each.status === one);
  return !(contract.foreign && status === 422 && declares(400) && declares(422));
}
