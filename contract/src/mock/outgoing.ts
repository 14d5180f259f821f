// What a service would send by itself: the callbacks of an operation that was called, and webhooks to those who subscribed.
// Here is said what is sent and where; sending is for whoever holds the network.

import { type ExchangeSeen, fillText } from '../codec/expression.ts';
import type { Generator } from '../generate/instance.ts';
import { isObject } from '../load/pointer.ts';
import type { Contract, JsonObject, JsonValue, Operation, Schema } from '../model/contract.ts';
import { declaredMembers } from '../schema/members.ts';
import type { Kind } from './kinds.ts';
import { put } from './overlay.ts';
import { isJson } from './places.ts';
import type { Plan } from './plan.ts';
import type { Store } from './store.ts';
import { stateProperty } from './things.ts';

export interface Outgoing {
  kind: 'callback' | 'webhook';
  /** operationId of the callback or webhook. */
  operation: string;
  method: string;
  url: string;
  /** Media type of the body; '' without one. */
  type: string;
  body: JsonValue | undefined;
}

/** Messages of one exchange, at most. */
const mostMessages = 50;

/** Callbacks whose address the exchange names. */
export function callbacksOf(
  contract: Contract,
  operation: Operation,
  seen: ExchangeSeen,
  generator: Generator,
): Outgoing[] {
  return operation.callbacks.slice(0, mostMessages).flatMap((callback) => {
    // The loader puts a slash before keys that are no paths.
    const template = /^\/(\{\$|https?:)/i.test(callback.path) ? callback.path.slice(1) : callback.path;
    const url = fillText(template, seen);
    return url === undefined || !/^https?:\/\//i.test(url)
      ? []
      : [messageOf(contract, callback, { kind: 'callback', url, seen }, generator)];
  });
}

/** Webhooks that this exchange sets off, one for each endpoint that callers have subscribed. */
export function webhooksOf(
  contract: Contract,
  plan: Plan,
  by: { seen: ExchangeSeen; kinds: ReadonlyMap<string, Kind>; store: Store },
  generator: Generator,
): Outgoing[] {
  const set = contract.webhooks.filter((webhook) => isSetOff(contract, webhook, plan, by.seen));
  if (set.length === 0) return [];
  const endpoints = endpointsOf(by.kinds, by.store);
  return set
    .flatMap((webhook) =>
      endpoints
        .filter(({ events }) => events === undefined || events.some((name) => isNamed(webhook, name)))
        .map(({ url }) => messageOf(contract, webhook, { kind: 'webhook', url, seen: by.seen }, generator)),
    )
    .slice(0, mostMessages);
}

/** One message of a webhook to an address, with made-up content where the exchange says nothing. */
export function messageOf(
  contract: Contract,
  operation: Operation,
  to: { kind: Outgoing['kind']; url: string; seen: ExchangeSeen | undefined },
  generator: Generator,
): Outgoing {
  const media = operation.body?.media.find(({ type }) => isJson(type));
  const message = { kind: to.kind, operation: operation.id, method: operation.method.toUpperCase(), url: to.url };
  if (media?.schema === undefined) return { ...message, type: '', body: undefined };
  const shown = media.examples[0]?.value;
  const validator = generator.validator(media.schema, 'request');
  const body =
    shown !== undefined && validator.check(shown)
      ? structuredClone(shown)
      : generator.instance(media.schema, { name: operation.id, direction: 'request', key: to.seen?.key ?? to.url })
          .value;
  if (isObject(body) && to.seen)
    tell(contract, media.schema, body, { seen: to.seen, fits: () => validator.check(body) });
  return { ...message, type: media.type, body };
}

/** What request and answer say stands in the message too: by name, or as the whole thing. */
function tell(
  contract: Contract,
  schema: Schema,
  body: JsonObject,
  by: { seen: ExchangeSeen; fits: () => boolean },
): void {
  const { input, responseBody } = by.seen;
  const sources = [responseBody, input['body'], input].filter((each) => isObject(each));
  for (const [name, property] of declaredMembers(schema, contract.document).properties) {
    const said = sources.find((source) => source[name] !== undefined)?.[name];
    if (said !== undefined && put(body, name, said, by.fits)) continue;
    const names = [...declaredMembers(property, contract.document).properties.keys()];
    if (!isObject(responseBody) || names.length === 0) continue;
    const shared = names.filter((each) => each in responseBody);
    if (shared.length * 2 >= names.length) put(body, name, responseBody, by.fits);
  }
}

const verbs: Partial<Record<Plan['action'], RegExp>> = {
  create: /(new|create|added?|place|open|submit)/,
  update: /(update|change|modif)/,
  replace: /(update|change|modif|replace)/,
  remove: /(delete|remove|cancel)/,
};

/** By the event that the operation emits; where none is declared, by the names of the thing and of what happened. */
function isSetOff(
  contract: Contract,
  webhook: Operation,
  { operation, kind, action }: Plan,
  seen: ExchangeSeen,
): boolean {
  const { emits } = operation.policy;
  if (emits.length > 0) return emits.some(({ event }) => isNamed(webhook, event));
  const name = plain(webhook.path);
  if (!kind || !name.includes(plain(kind.word))) return false;
  const state = stateProperty(contract, kind.schema)?.name ?? '';
  const reached = isObject(seen.responseBody) ? seen.responseBody[state] : undefined;
  if (action === 'transition') return typeof reached === 'string' && name.includes(plain(reached));
  return verbs[action]?.test(name) === true;
}

function isNamed(webhook: Operation, event: string): boolean {
  const extension = webhook.node['x-plinth'];
  const delivery = isObject(extension) && isObject(extension['delivery']) ? extension['delivery'] : {};
  if (event === '*' || delivery['event'] === event) return true;
  return [webhook.path, webhook.id].some((name) => plain(name) === plain(event));
}

function plain(name: string): string {
  return name.toLowerCase().replaceAll(/[^a-z0-9]/g, '');
}

interface Endpoint {
  url: string;
  /** Names of what is wanted; undefined = everything. */
  events: string[] | undefined;
}

/** Things by which callers have said where they want to be told. */
function endpointsOf(kinds: ReadonlyMap<string, Kind>, store: Store): Endpoint[] {
  return [...kinds.values()]
    .filter(({ name }) => /(hub|subscription|webhook|endpoint|listener|notification)/i.test(name))
    .flatMap(({ name }) => store.all(name).filter((thing) => !thing.gone && !thing.seeded))
    .flatMap(({ item }) => {
      const url = memberOf(
        item,
        /^(callback|url|uri|endpoint|target|hook)(_?(url|uri))?$|^(webhook|callback|target)_?(url|uri)$/i,
      );
      const events = memberOf(item, /^(enabled_?)?(events?|event_?types?|topics?)$/i);
      const names = Array.isArray(events) ? events.filter((each) => typeof each === 'string') : undefined;
      return typeof url === 'string' ? [{ url, events: names }] : [];
    });
}

function memberOf(item: JsonObject, pattern: RegExp): JsonValue | undefined {
  const name = Object.keys(item).find((each) => pattern.test(each));
  return name === undefined ? undefined : item[name];
}
