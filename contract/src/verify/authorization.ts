// Phase `authorization`: who may not call is refused, whose things they are not does not see them, and what only the
// target may set nobody else sets. Without principals only the callers that nobody is: none, and one with false proof.

import { isObject } from '../load/pointer.ts';
import type { Contract, JsonObject, JsonValue, Operation, Schema } from '../model/contract.ts';
import type { OwnerCheck } from '../model/policy.ts';
import { declaredMembers, isMarked } from '../schema/members.ts';
import { isJson } from './body.ts';
import type { Check } from './checks.ts';
import { isSecured } from './declared.ts';
import type { Call, Exchange, Principal } from './exchange.ts';
import { pagesOf } from './pages.ts';
import type { Job, Planning } from './plan.ts';
import { mayCall, type Trial } from './trial.ts';

/** readOnly properties of one operation that are tried. */
const mostReadOnly = 20;

export function authorizationJobs({ contract, operations, secured }: Planning): Job[] {
  return operations.flatMap((operation): Job[] => {
    const tests: ((trial: Trial) => Promise<void>)[] = [];
    if (secured && isSecured(operation)) {
      tests.push(
        (trial) => askAsNobody(trial, operation),
        (trial) => askAsOthers(trial, operation),
      );
      for (const check of operation.policy.ownerCheck) tests.push((trial) => askForOthers(trial, operation, check));
    }
    const names = readOnlyNames(contract, operation).slice(0, mostReadOnly);
    for (const name of names) tests.push((trial) => assign(trial, operation, name));
    if (tests.length === 0) return [];
    const test = async (trial: Trial, index: number): Promise<void> => tests[index]?.(trial);
    return [{ phase: 'authorization', operation, cases: tests.length, test }];
  });
}

/** A valid call about something that is there. */
async function callOf(trial: Trial, operation: Operation, as?: Principal): Promise<Call | undefined> {
  return trial.bench.builder.valid(operation, trial.draw, await trial.bind(operation, as));
}

const nobody: Principal = { name: 'nobody', headers: {} };

async function askAsNobody(trial: Trial, operation: Operation): Promise<void> {
  const call = await callOf(trial, operation);
  if (!call) return;
  const strangers = [
    nobody,
    ...impostors(trial.bench.contract, operation),
    ...trial.bench.principals.filter(({ expired }) => expired),
  ];
  for (const stranger of strangers) {
    const how =
      stranger === nobody
        ? 'without a credential'
        : `with ${stranger.name === 'impostor' ? 'a false' : 'an expired'} credential`;
    const exchange = await trial.send(fresh(trial, call), 'any', stranger);
    if (exchange.succeeded) refuse(trial, exchange, 'auth-ignored', { how, expected: '401 or 403' });
  }
}

/** False proof for each scheme that the operation knows; keys in a query are not tried. */
function impostors({ securitySchemes }: Contract, { security }: Operation): Principal[] {
  const names = new Set((security ?? []).flatMap((entry) => Object.keys(entry)));
  return [...names].flatMap((scheme): Principal[] => {
    const proof = falseProof(securitySchemes.get(scheme) ?? {});
    return proof ? [{ name: 'impostor', headers: proof }] : [];
  });
}

function falseProof(scheme: JsonObject): Record<string, string> | undefined {
  const { type, in: place, name } = scheme;
  if (type === 'http' && typeof scheme['scheme'] === 'string' && scheme['scheme'].toLowerCase() === 'basic')
    return { authorization: `Basic ${btoa('plinth:plinth')}` };
  if (type !== 'apiKey') return { authorization: 'Bearer plinth-false-token' };
  if (typeof name !== 'string' || place === 'query') return undefined;
  return place === 'cookie' ? { cookie: `${name}=plinth-false-key` } : { [name.toLowerCase()]: 'plinth-false-key' };
}

/** Callers of another audience, or without the scope. */
async function askAsOthers(trial: Trial, operation: Operation): Promise<void> {
  const right = trial.rightFor(operation);
  const others = trial.bench.principals.filter((each) => !each.expired && !mayCall(operation, each));
  if (!mayCall(operation, right) || others.length === 0) return;
  const call = await callOf(trial, operation, right);
  if (!call) return;
  for (const other of others) {
    const exchange = await trial.send(fresh(trial, call), 'any', other);
    if (exchange.succeeded)
      refuse(trial, exchange, 'scope-ignored', {
        how: `as ${other.name}, whose audience or scopes do not suffice`,
        expected: '403',
      });
  }
}

/** Somebody with the same rights asks for a thing of the right one, by each place an id may stand. */
async function askForOthers(trial: Trial, operation: Operation, check: OwnerCheck): Promise<void> {
  const right = trial.rightFor(operation);
  if (!right || !mayCall(operation, right)) return;
  const others = trial.bench.principals.filter(
    (each) => each !== right && !each.expired && each.audience === right.audience && mayCall(operation, each),
  );
  if (others.length === 0) return;
  const call = await callOf(trial, operation, right);
  if (!call) return;
  if (check.list || check.id === undefined) {
    for (const other of others) await listAsOther(trial, operation, { right, other });
    return;
  }
  const id = await idOf(trial, check, call, right);
  const asked = id === undefined ? undefined : withId(call, check.id, id);
  if (!asked) return;
  for (const other of others) {
    const exchange = await trial.send(fresh(trial, asked), 'any', other);
    if (exchange.succeeded)
      refuse(trial, exchange, 'object-leak', {
        how: `as ${other.name}, about a thing of ${right.name} (${check.id})`,
        expected: String(check.deny),
      });
  }
}

/** Only the right one's things may stand in their list. */
async function listAsOther(
  trial: Trial,
  list: Operation,
  { right, other }: { right: Principal; other: Principal },
): Promise<void> {
  const { contract, operations } = trial.bench;
  const create = contract.operations.find(
    (each) => each.path === list.path && each.method === 'post' && operations.has(each),
  );
  if (create) {
    const call = trial.bench.builder.valid(create, trial.draw.at('make'), await trial.bind(create, right));
    if (call && mayCall(create, right)) await trial.send(call, 'accept', right);
  }
  const own = await pagesOf(trial, list, { bindings: {}, as: right });
  const seen = await pagesOf(trial, list, { bindings: {}, as: other });
  const foreign = seen?.ids.find((id) => own?.ids.includes(id));
  if (seen && foreign !== undefined)
    refuse(trial, seen.last, 'object-leak', {
      how: `as ${other.name}, who is shown ${JSON.stringify(foreign)} of ${right.name}`,
      expected: 'their own things only',
    });
}

/** The id of a thing of the right one: what the path names, what `owns` says, or what a list shows. */
async function idOf(trial: Trial, check: OwnerCheck, call: Call, right: Principal): Promise<unknown> {
  const [place = '', name = ''] = (check.id ?? '').split(/[.#]\/?/);
  if (place === 'path') return call.params[name];
  const owned = right.owns?.[name] ?? right.owns?.[check.object];
  if (owned !== undefined) return owned;
  const { contract } = trial.bench;
  const read = contract.resources
    .find((each) => each.name === check.object)
    ?.operations.find(({ action }) => action === 'read');
  const operation = contract.operations.find(({ id }) => id === read?.id);
  const variable = operation && /\{([^}]+)\}$/.exec(operation.path)?.[1];
  return operation && variable ? (await trial.bind(operation, right))[variable] : undefined;
}

/** The call with an id at `path.x`, `query.x` or `body#/x`. */
function withId(call: Call, at: string, id: unknown): Call | undefined {
  const [place = '', name = ''] = at.split(/[.#]\/?/);
  if (place !== 'body') return { ...call, params: { ...call.params, [name]: id } };
  return isObject(call.body) ? { ...call, body: { ...call.body, [name]: id as JsonValue } } : undefined;
}

/** The same wish again needs another idempotency key. */
function fresh(trial: Trial, call: Call): Call {
  return { ...call, headers: { ...call.headers, ...trial.bench.builder.policyHeaders(call.operation) } };
}

function refuse(
  trial: Trial,
  exchange: Exchange,
  check: Check,
  { how, expected }: { how: string; expected: string },
): void {
  const message = `${exchange.operation.id} answers a call ${how}.`;
  trial.fail(exchange, {
    check,
    message,
    expected,
    actual: String(exchange.status),
    at: check === 'auth-ignored' ? how : '',
  });
}

/** Top-level properties of the thing that callers may read and not write. */
function readOnlyNames({ document }: Contract, operation: Operation): string[] {
  const schema = thingSchema(operation);
  const sends = operation.body?.media.some(({ type }) => isJson(type)) === true;
  if (schema === undefined || !sends || operation.policy.effect === 'read') return [];
  return [...declaredMembers(schema, document).properties].flatMap(([name, property]) =>
    isMarked(property, 'readOnly', document) ? [name] : [],
  );
}

function thingSchema({ responses }: Operation): Schema | undefined {
  const success = responses.find(({ status }) => String(status).startsWith('2'));
  return success?.media.find(({ type }) => isJson(type))?.schema;
}

/** Sends a readOnly property with a value that the target would not choose. */
async function assign(trial: Trial, operation: Operation, name: string): Promise<void> {
  const { builder, contract } = trial.bench;
  const schema = declaredMembers(thingSchema(operation) ?? true, contract.document).properties.get(name) ?? true;
  const bindings = await trial.bind(operation);
  const call = builder.valid(operation, trial.draw, bindings);
  if (!call || !isObject(call.body)) return;
  const control = await trial.send(call, 'accept');
  const usual = memberOf(control, name);
  if (!control.succeeded || usual === undefined) return;
  trial.settle(control);
  const wished = otherValue(trial, { schema, name, usual });
  if (wished === undefined) return;
  const again = builder.valid(operation, trial.draw.at('again'), await trial.bind(operation));
  if (!again || !isObject(again.body)) return;
  const exchange = await trial.send({ ...again, body: { ...again.body, [name]: wished } });
  if (!exchange.succeeded || JSON.stringify(memberOf(exchange, name)) !== JSON.stringify(wished)) return;
  trial.fail(exchange, {
    check: 'mass-assignment',
    message: `A request sets /${name}, which is readOnly.`,
    expected: 'another value, or a refusal',
    actual: JSON.stringify(wished),
    at: `/${name}`,
  });
}

function memberOf({ value }: Exchange, name: string): JsonValue | undefined {
  return isObject(value) ? value[name] : undefined;
}

/** A valid value that differs from the usual one and is unlikely to come about by itself. */
function otherValue(
  trial: Trial,
  { schema, name, usual }: { schema: Schema; name: string; usual: JsonValue },
): JsonValue | undefined {
  if (typeof usual === 'boolean') return !usual;
  for (let attempt = 0; attempt < 8; attempt++) {
    const value = trial.bench.builder.value(schema, {
      name,
      draw: trial.draw.at(`wish/${attempt}`),
      direction: 'response',
    });
    if (value !== undefined && value !== null && JSON.stringify(value) !== JSON.stringify(usual)) return value;
  }
  return undefined;
}
