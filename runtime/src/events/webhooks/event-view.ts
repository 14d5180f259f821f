// An event's data as one audience may see it. The contract decides: what is for others, secret, or bound to a purpose
// stays inside, and so does everything of an event that is not offered to that audience at all.

import {
  type Audience,
  type Contract,
  declaredMembers,
  isObject,
  type JsonObject,
  type JsonValue,
  type Schema,
  type WebhookDelivery,
} from '@plinth/contract/serving';

/** Deeper values are left out. */
const mostDepth = 32;

export interface EventView {
  /** How it is sent, where a webhook of the contract says so. */
  delivery: WebhookDelivery | undefined;
  /** What of the data may be seen; undefined = nothing: the receiver reads the subject with its own rights. */
  see(data: unknown): unknown;
}

/** Views by event type for one audience, made once per contract. `undefined` for a type that no contract knows. */
export function eventViews(
  audience: Audience,
): (contracts: readonly Contract[], type: string) => EventView | undefined {
  const known = new WeakMap<Contract, Map<string, EventView>>();
  return (contracts, type) => {
    for (const contract of contracts) {
      let views = known.get(contract);
      if (views === undefined) known.set(contract, (views = viewsOf(contract, audience)));
      const view = views.get(type);
      if (view !== undefined) return view;
    }
    return undefined;
  };
}

function viewsOf(contract: Contract, audience: Audience): Map<string, EventView> {
  const webhooks = contract.webhooks.filter(({ policy }) => policy.audience.includes(audience));
  const emitting = contract.operations.filter(({ policy }) => policy.audience.includes(audience));
  const told = new Set(emitting.flatMap(({ policy }) => policy.emits.map(({ event }) => event)));
  return new Map(
    contract.events.map(({ type, data: schema }) => {
      const delivery = webhooks.find(({ policy }) => policy.delivery?.event === type)?.policy.delivery;
      const isOffered = delivery !== undefined || told.has(type);
      const see = (data: unknown): unknown =>
        isOffered ? seen(data as JsonValue, { schema, document: contract.document, audience }, 0) : undefined;
      return [type, { delivery, see }];
    }),
  );
}

interface Eye {
  schema: Schema;
  document: JsonObject;
  audience: Audience;
}

/** Undeclared members are left out where members are declared: nobody has said who may see them. */
function seen(value: JsonValue, { schema, document, audience }: Eye, depth: number): JsonValue | undefined {
  if (typeof value !== 'object' || value === null) return value;
  if (depth > mostDepth) return undefined;
  const { properties, items, open } = declaredMembers(schema, document);
  if (Array.isArray(value)) {
    const inner = items ?? true;
    return value.map((item) => seen(item, { schema: inner, document, audience }, depth + 1) ?? null);
  }
  const isFree = open || properties.size === 0;
  const kept = Object.entries(value).flatMap(([name, member]): [string, JsonValue][] => {
    const property = properties.get(name);
    if (property === undefined) return isFree ? [[name, member]] : [];
    if (!isFor(property, audience)) return [];
    const shown = seen(member, { schema: property, document, audience }, depth + 1);
    return shown === undefined ? [] : [[name, shown]];
  });
  return Object.fromEntries(kept);
}

function isFor(property: Schema, audience: Audience): boolean {
  if (!isObject(property)) return true;
  const policy = isObject(property['x-plinth']) ? property['x-plinth'] : {};
  const audiences = policy['audience'];
  if (property['writeOnly'] === true || policy['sensitivity'] === 'secret') return false;
  // Consent is asked for at a request; a message that leaves by itself goes without.
  if (Array.isArray(policy['purpose']) && policy['purpose'].length > 0) return false;
  return !Array.isArray(audiences) || audiences.includes(audience);
}
