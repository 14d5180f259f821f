// Phase `protocol`: what callers build on beside the values. Keys that make repetition safe, pages without gaps, HEAD,
// OPTIONS, wrong methods, accepted work that can be followed.

import { isObject } from '../load/pointer.ts';
import type { Contract, JsonValue, Operation } from '../model/contract.ts';
import { compileRoutes } from '../model/routes.ts';
import { isKey } from './builder.ts';
import type { Call, Exchange } from './exchange.ts';
import { limitName, pagesOf, type Walk } from './pages.ts';
import type { Job, Planning } from './plan.ts';
import type { Trial } from './trial.ts';

/** Things that a list needs before its pages say anything. */
const leastThings = 5;
const mostPagesWalked = 10;

export function protocolJobs({ contract, operations }: Planning): Job[] {
  return operations.flatMap((operation): Job[] => {
    const tests: ((trial: Trial) => Promise<void>)[] = [];
    if (impliesKeys(contract, operation)) {
      tests.push(
        (trial) => replay(trial, operation),
        (trial) => reuse(trial, operation),
        (trial) => race(trial, operation),
      );
      if (operation.policy.idempotency.mode === 'required') tests.push((trial) => withoutKey(trial, operation));
    }
    if (operation.policy.precondition === 'required' && operation.policy.effect !== 'read')
      tests.push((trial) => withoutVersion(trial, operation));
    if (operation.policy.paging) tests.push((trial) => walkPages(trial, operation));
    if (operation.method === 'get') tests.push((trial) => head(trial, operation));
    if (operation.responses.some(({ status }) => status === 202)) tests.push((trial) => followWork(trial, operation));
    tests.push((trial) => otherMethods(trial, operation));
    const test = async (trial: Trial, index: number): Promise<void> => tests[index]?.(trial);
    return [{ phase: 'protocol', operation, cases: tests.length, alone: operation.policy.paging !== undefined, test }];
  });
}

/** True when the contract says that a key makes a call safe to repeat. */
function impliesKeys({ foreign, document }: Contract, { policy, params, node }: Operation): boolean {
  if (policy.effect === 'read' || policy.idempotency.mode === 'none') return false;
  const isWritten = [document, node].some(
    (each) => isObject(each['x-plinth']) && each['x-plinth']['idempotency'] !== undefined,
  );
  return (!foreign && policy.idempotency.mode === 'required') || isWritten || params.some(isKey);
}

/** A valid call about a thing of its own, so that an earlier test has not used it up. */
async function callOf(trial: Trial, operation: Operation): Promise<Call | undefined> {
  trial.forget();
  return trial.bench.builder.valid(operation, trial.draw, await trial.bind(operation));
}

function withKey(call: Call, key: string): Call {
  return { ...call, headers: { ...call.headers, 'idempotency-key': key } };
}

function broken(
  trial: Trial,
  exchange: Exchange,
  of: { message: string; expected: string; actual: string; at: string },
): void {
  trial.fail(exchange, { check: 'idempotency-broken', ...of });
}

async function replay(trial: Trial, operation: Operation): Promise<void> {
  const call = await callOf(trial, operation);
  if (!call) return;
  const keyed = withKey(call, trial.bench.builder.newKey());
  const first = await trial.send(keyed);
  if (!first.succeeded) return;
  const second = await trial.send(keyed);
  if (second.status === first.status && isSameAnswer(trial, first, second)) return;
  broken(trial, second, {
    message: 'The same call with the same key has another answer.',
    expected: `${first.status} ${JSON.stringify(first.value)?.slice(0, 100) ?? ''}`,
    actual: `${second.status} ${JSON.stringify(second.value)?.slice(0, 100) ?? ''}`,
    at: 'replay',
  });
}

/** Equal bodies; or, where they tell of the moment, the same thing. */
function isSameAnswer(trial: Trial, first: Exchange, second: Exchange): boolean {
  if (JSON.stringify(first.value) === JSON.stringify(second.value)) return true;
  const [one, other] = [trial.bench.sources.thingIn(first), trial.bench.sources.thingIn(second)];
  return one !== undefined && one.id === other?.id;
}

async function reuse(trial: Trial, operation: Operation): Promise<void> {
  const call = await callOf(trial, operation);
  if (!call || call.body === undefined) return;
  const key = trial.bench.builder.newKey();
  const first = await trial.send(withKey(call, key));
  if (!first.succeeded) return;
  const other = otherBody(trial, call);
  if (!other) return;
  const second = await trial.send(withKey(other, key));
  if (!second.succeeded) return;
  broken(trial, second, {
    message: 'A key stands for two different calls.',
    expected: 'a refusal, 422 or 409',
    actual: String(second.status),
    at: 'reuse',
  });
}

/** Another valid body for the same thing. */
function otherBody(trial: Trial, call: Call): Call | undefined {
  for (let attempt = 0; attempt < 8; attempt++) {
    const other = trial.bench.builder.valid(call.operation, trial.draw.at(`other/${attempt}`), call.params);
    if (other?.body !== undefined && JSON.stringify(other.body) !== JSON.stringify(call.body))
      return { ...call, ...other };
  }
  return undefined;
}

/** Two at once: one effect. Either both tell of the same thing, or one is told that the other is under way. */
async function race(trial: Trial, operation: Operation): Promise<void> {
  const call = await callOf(trial, operation);
  if (!call) return;
  const keyed = withKey(call, trial.bench.builder.newKey());
  const [first, second] = await Promise.all([trial.send(keyed), trial.send(keyed)]);
  if (!first?.succeeded || !second?.succeeded || isSameAnswer(trial, first, second)) return;
  broken(trial, second, {
    message: 'Two calls at once with one key have two effects.',
    expected: 'one effect: the same answer, or 409 for one of them',
    actual: `${JSON.stringify(first.value)?.slice(0, 80) ?? ''} and ${JSON.stringify(second.value)?.slice(0, 80) ?? ''}`,
    at: 'race',
  });
}

async function withoutKey(trial: Trial, operation: Operation): Promise<void> {
  const call = await callOf(trial, operation);
  if (!call) return;
  const exchange = await trial.send({ ...call, headers: { ...call.headers, 'idempotency-key': '' } });
  if (!exchange.succeeded) return;
  broken(trial, exchange, {
    message: 'A call without the required key is accepted.',
    expected: '400',
    actual: String(exchange.status),
    at: 'missing',
  });
}

async function withoutVersion(trial: Trial, operation: Operation): Promise<void> {
  const call = await callOf(trial, operation);
  if (!call) return;
  const exchange = await trial.send({ ...call, headers: { ...call.headers, 'if-match': '' } });
  if (!exchange.succeeded) return;
  const message = `${operation.id} accepts a change by somebody who names no version.`;
  trial.fail(exchange, {
    check: 'lost-update',
    message,
    expected: '428',
    actual: String(exchange.status),
    at: 'if-match missing',
  });
}

/** Small pages hold what one large page holds, each thing once, also while things are added. */
async function walkPages(trial: Trial, list: Operation): Promise<void> {
  const bindings = await trial.bind(list);
  const whole = await pagesOf(trial, list, { bindings });
  if (!whole?.isWhole) return;
  const create = trial.bench.contract.operations.find(
    (each) => each.path === list.path && each.method === 'post' && trial.bench.operations.has(each),
  );
  const add = async (count: number): Promise<void> => {
    const call = create && trial.bench.builder.valid(create, trial.draw.at(`make/${count}`), bindings);
    if (call) await trial.send(call, 'accept');
  };
  for (let count = whole.ids.length; count < leastThings; count++) await add(count);
  const before = await pagesOf(trial, list, { bindings });
  if (!before?.isWhole || before.ids.length < 2) return;
  // Few enough things for several pages, and no more pages than are read.
  const most = list.policy.paging?.max ?? 2;
  const size = Math.min(most, Math.max(2, Math.ceil(before.ids.length / mostPagesWalked)));
  let added = 0;
  const between = async (): Promise<void> => {
    // Once, after the first page.
    if (added++ === 0) await add(1_000);
  };
  const small = await pagesOf(trial, list, { bindings, limit: size, between });
  if (!small) return;
  const wrong = pageFault(small, { before, size: limitName(list) === undefined ? undefined : size });
  if (wrong) trial.fail(small.last, { check: 'paging-broken', ...wrong });
}

function pageFault(
  small: Walk,
  { before, size }: { before: Walk; size: number | undefined },
): { message: string; expected: string; actual: string; at: string } | undefined {
  const large = size === undefined ? undefined : small.pages.find((page) => page.length > size);
  if (large)
    return {
      message: 'A page holds more than was asked for.',
      expected: `at most ${size}`,
      actual: String(large.length),
      at: 'size',
    };
  const twice = small.ids.find((id, index) => small.ids.indexOf(id) !== index);
  if (twice !== undefined)
    return {
      message: 'A thing stands on two pages.',
      expected: 'each thing once',
      actual: JSON.stringify(twice),
      at: 'repeat',
    };
  if (small.isEndless)
    return {
      message: 'The pages do not come to an end.',
      expected: 'an end',
      actual: `${small.pages.length} pages`,
      at: 'endless',
    };
  const known = new Set<JsonValue>(small.ids);
  if (!small.isWhole) return undefined;
  const missing = before.ids.find((id) => !known.has(id));
  return missing === undefined
    ? undefined
    : {
        message: 'A thing stands on no page.',
        expected: JSON.stringify(missing),
        actual: `${small.ids.length} others`,
        at: 'gap',
      };
}

/** HEAD answers as GET does, without a body (RFC 9110, 9.3.2), or is not offered. */
async function head(trial: Trial, operation: Operation): Promise<void> {
  const call = trial.bench.builder.valid(operation, trial.draw, await trial.bind(operation));
  if (!call) return;
  const get = await trial.send(call, 'accept');
  const answer = await trial.send({ ...call, raw: { method: 'HEAD' } });
  if (!get.succeeded || answer.succeeded || [405, 501, 429].includes(answer.status)) return;
  // Other tests run meanwhile, and may have removed what this one is about.
  if (!(await trial.send(call, 'accept')).succeeded) return;
  trial.fail(answer, {
    check: 'undeclared-status',
    message: 'HEAD is answered in another way than GET.',
    expected: `${get.status} or 405`,
    actual: String(answer.status),
    at: 'HEAD',
  });
}

/** Work that was accepted can be followed where the answer says so. */
async function followWork(trial: Trial, operation: Operation): Promise<void> {
  const { contract } = trial.bench;
  const call = await callOf(trial, operation);
  const accepted = call && (await trial.send(call));
  const location = accepted?.status === 202 ? accepted.answer.headers['location'] : undefined;
  if (!accepted || location === undefined) return;
  const path = location.replace(/^https?:\/\/[^/]+/, '').split(/[?#]/)[0] ?? '';
  const match = [contract, { ...contract, basePath: '' }]
    .map((each) => compileRoutes([each])('GET', path))
    .find(({ kind }) => kind === 'match');
  if (match?.kind !== 'match') return;
  const followed = await trial.send({ operation: match.operation, params: match.params });
  if (followed.status < 400 || followed.status === 429) return;
  trial.fail(followed, {
    check: 'read-after-write',
    message: `The work that ${operation.id} accepted cannot be followed.`,
    expected: '200',
    actual: String(followed.status),
    at: 'location',
  });
}

/** OPTIONS does not fail; a wrong method is told which ones are right (RFC 9110, 15.5.6). */
async function otherMethods(trial: Trial, operation: Operation): Promise<void> {
  const call = trial.bench.builder.valid(operation, trial.draw, await trial.bind(operation));
  if (!call) return;
  const bare: Call = { operation, params: call.params };
  await trial.send({ ...bare, raw: { method: 'OPTIONS' } });
  await trial.send({
    ...call,
    headers: { ...call.headers, ...trial.bench.builder.policyHeaders(operation), accept: 'application/x-plinth-none' },
  });
}
