// What is done to an answer before it leaves: the form that the contract declares, the date of the mock's clock, what was
// followed of the caller's preferences.

import { Draw, hashText, type JsonObject, type Mock } from '@plinth/contract/serving';
import { openTo } from './browsers.ts';
import { headerOf, type HeldAnswer, withHeader } from './held-response.ts';
import type { Visit } from './visit.ts';

/** A problem in the words of a foreign contract. Real servers speak for themselves. */
export function inDeclaredForm(mock: Mock | undefined, { operation, at, isReal }: Visit, held: HeldAnswer): HeldAnswer {
  if (!mock?.contract.foreign || operation === undefined || isReal || !isProblem(held)) return held;
  const problem = JSON.parse(held.body.toString('utf8')) as JsonObject;
  const declared = mock.declaredError(operation, problem, at);
  if (!declared) return held;
  const body = Buffer.from(JSON.stringify(declared.body));
  const typed = withHeader(held.headers, 'Content-Type', declared.type);
  return { status: declared.status, headers: withHeader(typed, 'Content-Length', String(body.length)), body };
}

/** `isOpen`: pages of other origins may read it. */
export function finished(visit: Visit, answer: HeldAnswer, isOpen: boolean): HeldAnswer {
  const { at, preferences, isReal, request } = visit;
  if (isReal && headerOf(answer.headers, 'date') !== undefined) return answer;
  const { delayMs, fault } = preferences;
  const applied = [
    headerOf(answer.headers, 'preference-applied'),
    delayMs === undefined ? undefined : `delay=${delayMs}`,
    fault === undefined ? undefined : `fault=${fault}`,
  ].filter((word) => word !== undefined);
  const headers =
    applied.length > 0 ? withHeader(answer.headers, 'Preference-Applied', applied.join(', ')) : answer.headers;
  const date = new Date(at.epochMilliseconds).toUTCString();
  return { ...answer, headers: [...headers, 'Date', date, ...(isOpen ? openTo(request) : [])] };
}

/** What the edge found wrong with the request. */
export function findingsOf(held: HeldAnswer): unknown[] {
  if (!isProblem(held)) return [];
  const { errors, code, detail } = JSON.parse(held.body.toString('utf8')) as JsonObject;
  return Array.isArray(errors) ? errors : [{ code, detail }];
}

/** Milliseconds this answer waits: by the command line, else by the contract; drawn from the seed. */
export function latencyMs(
  { number, operation }: Visit,
  options: { seed: number; latencyMs: readonly [number, number] | undefined },
): number {
  const [least, most] = options.latencyMs ?? operation?.policy.mock?.latencyMs ?? [0, 0];
  return most <= 0 ? 0 : new Draw(hashText(`${options.seed}/latency/${number}`)).int(least, Math.max(least, most));
}

function isProblem({ status, headers, body }: HeldAnswer): boolean {
  return status >= 400 && body.length > 0 && headerOf(headers, 'content-type') === 'application/problem+json';
}
