// `x-plinth` of document and operation → one complete policy. Inheritance is by whole key; `null` removes.
// Defaults: ours are strict (deny what is undeclared), foreign ones are permissive.

import type { JsonObject, JsonValue, Method, States } from '../model/contract.ts';
import type {
  Audience,
  CachePolicy,
  EmittedEvent,
  OwnerCheck,
  Policy,
  WebhookDelivery,
  WebhookIn,
} from '../model/policy.ts';
import { isObject } from './pointer.ts';

const day = 86_400;

/** Methods that change nothing (RFC 9110 9.2.1, and QUERY). */
const readMethods: ReadonlySet<Method> = new Set(['get', 'head', 'options', 'trace', 'query']);

const everyone: Audience[] = ['customer', 'staff', 'agent', 'partner', 'device', 'service'];

/** Policy of the document alone; `method` undefined. */
export function readPolicy(
  document: JsonObject,
  own: JsonObject,
  method: Method | undefined,
  foreign: boolean,
): Policy {
  const keys: JsonObject = { ...document, ...own };
  for (const [key, value] of Object.entries(keys)) if (value === null) delete keys[key];
  const effect = readEffect(keys, own, method, foreign);
  const write = effect !== undefined && effect !== 'read';
  const policy: Policy = {
    stage: (keys['stage'] as Policy['stage'] | undefined) ?? 'stable',
    unknown: (keys['unknown'] as Policy['unknown'] | undefined) ?? (foreign ? 'drop' : 'refuse'),
    audience: (keys['audience'] as Audience[] | undefined) ?? (foreign ? everyone : ['service']),
    criticality: (keys['criticality'] as Policy['criticality'] | undefined) ?? (write ? 'critical' : 'sheddable-plus'),
    idempotency: readIdempotency(keys['idempotency'], { method, write, foreign }),
    precondition: (keys['precondition'] as Policy['precondition'] | undefined) ?? defaultPrecondition(method, foreign),
    limits: (keys['limits'] as unknown as Policy['limits'] | undefined) ?? [],
    timeoutMs: (keys['timeoutMs'] as number | undefined) ?? 10_000,
    emits: readEmits(keys['emits']),
    ownerCheck: readOwnerChecks(own['ownerCheck']),
    purpose: (keys['purpose'] as string[] | undefined) ?? [],
    problems: (keys['problems'] as string[] | undefined) ?? [],
  };
  if (effect) policy.effect = effect;
  copy(keys, policy, [
    'capability',
    'owner',
    'deprecation',
    'channel',
    'size',
    'files',
    'resource',
    'states',
    'live',
    'signal',
    'skill',
    'mock',
    'stepUp',
  ]);
  if (isObject(keys['cache'])) policy.cache = readCache(keys['cache']);
  if (isObject(keys['paging'])) policy.paging = readPaging(keys['paging']);
  if (isObject(keys['async'])) policy.async = readAsync(keys['async']);
  addWebhooks(policy, own);
  return policy;
}

/** Never inherited: each webhook carries its own event, each receiver believes its own sender. */
function addWebhooks(policy: Policy, own: JsonObject): void {
  if (isObject(own['delivery'])) policy.delivery = readDelivery(own['delivery']);
  if (isObject(own['webhookIn'])) policy.webhookIn = readWebhookIn(own['webhookIn']);
}

function readDelivery(value: JsonObject): WebhookDelivery {
  return {
    event: typeof value['event'] === 'string' ? value['event'] : '',
    ...(typeof value['orderBy'] === 'string' ? { orderBy: value['orderBy'] } : {}),
    ...(typeof value['retryFor'] === 'string' ? { retryForS: secondsOf(value['retryFor']) } : {}),
  };
}

function readWebhookIn(value: JsonObject): WebhookIn {
  const scheme = value['scheme'] === 'adyen' ? 'adyen' : 'standard';
  const { toleranceS } = value;
  return {
    scheme,
    secretRef: typeof value['secretRef'] === 'string' ? value['secretRef'] : '',
    ...(typeof toleranceS === 'number' ? { toleranceS } : scheme === 'standard' ? { toleranceS: 300 } : {}),
  };
}

function copy(from: JsonObject, to: Policy, names: readonly (keyof Policy & string)[]): void {
  const target = to as unknown as Record<string, unknown>;
  for (const name of names) if (from[name] !== undefined) target[name] = from[name];
}

/** GET, HEAD and QUERY read, DELETE is destructive; another own method must say what it does. */
function readEffect(keys: JsonObject, own: JsonObject, method: Method | undefined, foreign: boolean): Policy['effect'] {
  if (own['effect'] !== undefined) return own['effect'] as Policy['effect'];
  if (keys['effect'] !== undefined) return keys['effect'] as Policy['effect'];
  if (method !== undefined && readMethods.has(method)) return 'read';
  if (method === 'delete') return 'destructive';
  return foreign ? 'write' : undefined;
}

function readIdempotency(
  value: JsonValue | undefined,
  by: { method: Method | undefined; write: boolean; foreign: boolean },
): Policy['idempotency'] {
  if (typeof value === 'string') return { mode: value as 'required', retainS: day };
  if (isObject(value)) {
    return {
      mode: value['mode'] as 'required',
      retainS: typeof value['retain'] === 'string' ? secondsOf(value['retain']) : day,
    };
  }
  if (!by.write) return { mode: 'none', retainS: day };
  return { mode: by.method === 'post' && !by.foreign ? 'required' : 'optional', retainS: day };
}

function defaultPrecondition(method: Method | undefined, foreign: boolean): Policy['precondition'] {
  if (foreign || !(method === 'patch' || method === 'put' || method === 'delete')) return 'optional';
  return 'required';
}

function readEmits(value: JsonValue | undefined): EmittedEvent[] {
  if (!Array.isArray(value)) return [];
  return value.flatMap((entry): EmittedEvent[] => {
    if (typeof entry === 'string') return [{ event: entry }];
    return isObject(entry) ? [entry as unknown as EmittedEvent] : [];
  });
}

/** Never inherited from the document: each operation says for itself whose things it touches. */
function readOwnerChecks(value: JsonValue | undefined): OwnerCheck[] {
  const list = Array.isArray(value) ? value : value === undefined || value === null ? [] : [value];
  return list.filter(isObject).map((entry) => ({
    object: typeof entry['object'] === 'string' ? entry['object'] : '',
    ...(typeof entry['id'] === 'string' ? { id: entry['id'] } : {}),
    ...(entry['list'] === true ? { list: true } : {}),
    relation: (entry['relation'] as string[] | undefined) ?? ['owner'],
    deny: entry['deny'] === 403 ? 403 : 404,
  }));
}

function readPaging(value: JsonObject): NonNullable<Policy['paging']> {
  return {
    style: 'cursor',
    items: (value['items'] as string | undefined) ?? 'items',
    next: (value['next'] as string | undefined) ?? 'next',
    max: (value['max'] as number | undefined) ?? 100,
  };
}

function texts(value: JsonValue | undefined): string[] {
  return Array.isArray(value) ? value.filter((each) => typeof each === 'string') : [];
}

function readCache(value: JsonObject): CachePolicy {
  const stale = isObject(value['stale']) ? value['stale'] : {};
  const seconds = (duration: JsonValue | undefined): number => (typeof duration === 'string' ? secondsOf(duration) : 0);
  const policy: CachePolicy = {
    scope: value['scope'] === 'public' ? 'public' : 'private',
    vary: texts(value['vary']).map((name) => name.toLowerCase()),
    tags: texts(value['tags']),
    purges: texts(value['purges']),
    stale: { whileRevalidateS: seconds(stale['whileRevalidate']), ifErrorS: seconds(stale['ifError']) },
  };
  if (typeof value['ttl'] === 'string') policy.ttlS = secondsOf(value['ttl']);
  return policy;
}

function readAsync(value: JsonObject): NonNullable<Policy['async']> {
  return {
    mode: value['mode'] === 'always' ? 'always' : 'allowed',
    ...(typeof value['afterMs'] === 'number' ? { afterMs: value['afterMs'] } : {}),
    retainS: typeof value['retain'] === 'string' ? secondsOf(value['retain']) : day,
    cancel: value['cancel'] !== false,
    progress: value['progress'] !== false,
  };
}

/** ISO 8601 duration in seconds; months are 30 and years 365 days, good enough for retention. */
export function secondsOf(duration: string): number {
  const match = /^P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?$/.exec(duration);
  const units = [365 * day, 30 * day, 7 * day, day, 3600, 60, 1];
  return units.reduce((sum, unit, index) => sum + unit * Number(match?.[index + 1] ?? 0), 0);
}

/** `x-plinth.states` of a schema, if it has any. */
export function statesOf(schema: JsonValue | undefined): States | undefined {
  const extension = isObject(schema) ? schema['x-plinth'] : undefined;
  return isObject(extension) && isObject(extension['states']) ? (extension['states'] as unknown as States) : undefined;
}
