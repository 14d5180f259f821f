// What is done to an answer before it leaves: the form that the contract declares, the date of the mock's clock, what was
// followed of the caller's preferences.

import { Draw, hashText, type JsonObject, type Mock } from '@plinth/contract/serving';
import { fieldLines } from '@plinth/runtime/pipeline/storeless';
import { openTo } from './browsers.ts';
import { bytesOf, fieldOf, type HeldAnswer, withField } from './held-answer.ts';
import type { Visit } from './visit.ts';

/** A problem in the words of a foreign contract. Real servers speak for themselves. */
export function inDeclaredForm(mock: Mock | undefined, { operation, at, isReal }: Visit, held: HeldAnswer): HeldAnswer {
  if (!mock?.contract.foreign || operation === undefined || isReal || !isProblem(held)) return held;
  const problem = JSON.parse(bytesOf(held.body).toString('utf8')) as JsonObject;
  const declared = mock.declaredError(operation, problem, at);
  if (!declared) return held;
  const body = Buffer.from(JSON.stringify(declared.body));
  let fields = withField(held.fields, 'Content-Type', declared.type);
  for (const [name, value] of Object.entries(declared.headers))
    if (fieldOf(fields, name) === undefined) fields = withField(fields, name, value);
  return { status: declared.status, fields: withField(fields, 'Content-Length', String(body.length)), body };
}

/** `isOpen`: pages of other origins may read it. */
export function finished(visit: Visit, answer: HeldAnswer, isOpen: boolean): HeldAnswer {
  const { at, preferences, isReal, wire } = visit;
  if (isReal && fieldOf(answer.fields, 'date') !== undefined) return answer;
  const { status, body } = answer;
  const applied = appliedTo(answer, preferences);
  let fields = applied === undefined ? answer.fields : withField(answer.fields, 'Preference-Applied', applied);
  fields += dateLine(at.epochMilliseconds);
  const origin = isOpen ? wire.header('origin') : undefined;
  if (origin !== undefined) fields += fieldLines(openTo(origin));
  return { status, fields, body };
}

/** What was followed of the caller's preferences besides what the answer says; undefined = nothing. */
function appliedTo(answer: HeldAnswer, { delayMs, fault }: Visit['preferences']): string | undefined {
  if (delayMs === undefined && fault === undefined) return undefined;
  const words = [
    fieldOf(answer.fields, 'preference-applied'),
    delayMs === undefined ? undefined : `delay=${delayMs}`,
    fault === undefined ? undefined : `fault=${fault}`,
  ];
  return words.filter((word) => word !== undefined).join(', ');
}

/** The last second that was asked for: many answers leave in one. */
let lastDate = { second: Number.NaN, text: '' };

/** The header `Date` (RFC 9110, section 6.6.1). */
function dateLine(ms: number): string {
  const second = Math.floor(ms / 1000);
  if (second !== lastDate.second) lastDate = { second, text: `Date: ${new Date(second * 1000).toUTCString()}\r\n` };
  return lastDate.text;
}

const none: unknown[] = [];

/** What the edge found wrong with the request. */
export function findingsOf(held: HeldAnswer): unknown[] {
  if (!isProblem(held)) return none;
  const { errors, code, detail } = JSON.parse(bytesOf(held.body).toString('utf8')) as JsonObject;
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

function isProblem({ status, fields, body }: HeldAnswer): boolean {
  return status >= 400 && body.length > 0 && fieldOf(fields, 'content-type') === 'application/problem+json';
}
