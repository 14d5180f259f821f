// A page of a list: how it stands in the answer, with truthful counts, cursors and links around it.

import { isObject } from '../load/pointer.ts';
import type { Contract, JsonObject, JsonValue, Schema } from '../model/contract.ts';
import { declaredMembers } from '../schema/members.ts';
import type { Kind } from './kinds.ts';
import { drop, put } from './overlay.ts';
import { listPlace, partAt, thingPlace, withPart } from './places.ts';
import { speakThing } from './speak.ts';
import type { Thing } from './store.ts';
import type { Turn, World } from './world.ts';

export interface Page {
  things: readonly Thing[];
  kind: Kind;
  total: number;
  limit: number;
  /** Number of things before this page. */
  from: number;
  /** Where the next page begins, for cursors; undefined = no further page. */
  next: string | undefined;
  /** Addresses of pages by relation: self, first, prev, next, last. */
  links: Readonly<Record<string, string>>;
}

/** A list as the answer describes it, with truthful counts and cursors around it. */
export function speakList(world: World, turn: Turn, schema: Schema, page: Page): JsonValue {
  const { contract } = world;
  const place = listPlace(contract, schema);
  if (!place) return turn.generator.instance(schema, { name: 'page', direction: 'response' }).value;
  const items = page.things.map((thing) => speakThing(world, turn, place.schema, { kind: page.kind, thing }));
  if (place.path.length === 0) return items;
  const around = isObject(schema) ? world.envelopeOf(turn, schema, place.path) : {};
  const validator = turn.generator.validator(schema, 'response');
  // All that is true at once nearly always fits; only where it does not is each thing tried for itself.
  const hopeful = withPart(structuredClone(around), place.path, items);
  if (!isObject(hopeful)) return hopeful;
  tellAll(contract, schema, hopeful, { page, fits: () => true });
  if (validator.check(hopeful)) return hopeful;
  const envelope = withPart(around, place.path, items) as JsonObject;
  tellAll(contract, schema, envelope, { page, fits: () => validator.check(envelope) });
  return envelope;
}

/** Counts, cursors and links at the root, and one level deeper in `meta`, `page`, `links`. */
function tellAll(
  contract: Contract,
  schema: Schema,
  envelope: JsonObject,
  { page, fits }: { page: Page; fits: () => boolean },
): void {
  const ids = page.things.map(({ id }) => id);
  const { properties } = declaredMembers(schema, contract.document);
  tell(envelope, { page, ids, fits, names: properties, isLinks: false });
  for (const [name, inner] of properties) {
    const part = envelope[name];
    if (!isObject(part) || !/^(meta|pagination|page|paging|_?links|metadata)$/i.test(name)) continue;
    const names = declaredMembers(inner, contract.document).properties;
    tell(part, { page, ids, fits, names, isLinks: /links$/i.test(name) });
  }
}

/** Names in lower case without separators → what is true of the page; undefined = nothing. */
function truths(page: Page, ids: readonly string[]): Record<string, JsonValue | undefined> {
  const pages = Math.max(1, Math.ceil(page.total / page.limit));
  return {
    count: page.total,
    total: page.total,
    totalcount: page.total,
    totalitems: page.total,
    totalrecords: page.total,
    totalresults: page.total,
    totalpages: pages,
    pagecount: pages,
    page: Math.floor(page.from / page.limit) + 1,
    limit: page.limit,
    pagesize: page.limit,
    perpage: page.limit,
    offset: page.from,
    hasmore: page.next !== undefined,
    hasnext: page.next !== undefined,
    firstid: ids[0],
    lastid: ids.at(-1),
  };
}

const cursors = new Set(['next', 'cursor', 'nextcursor', 'nextpagetoken', 'pagetoken', 'after']);

interface Telling {
  page: Page;
  ids: readonly string[];
  fits: () => boolean;
  names: ReadonlyMap<string, Schema>;
  /** The holder is called `links`. */
  isLinks: boolean;
}

function tell(holder: JsonObject, of: Telling): void {
  const known = truths(of.page, of.ids);
  for (const name of of.names.keys()) {
    const plain = name.toLowerCase().replaceAll(/[^a-z]/g, '');
    if (tellLink(holder, name, of)) continue;
    const truth = known[plain];
    if (truth !== undefined) put(holder, name, truth, of.fits);
    if (!cursors.has(plain)) continue;
    const before = holder[name];
    if (of.page.next !== undefined && put(holder, name, of.page.next, of.fits)) continue;
    // No further page: null where null is a value, else nothing.
    if (before !== undefined && !put(holder, name, null, of.fits)) {
      delete holder[name];
      if (!of.fits()) holder[name] = before;
    } else if (before === undefined) put(holder, name, null, of.fits);
  }
}

/** `links.next`, `nextPageUrl`, `next: { href }`: true when the property is a link and was told. */
function tellLink(holder: JsonObject, name: string, { page, fits, isLinks }: Telling): boolean {
  const [, relation = ''] =
    /^(self|first|prev|previous|next|last)(?:[_-]?(?:page)?[_-]?(?:url|uri|link|href))?$/i.exec(name) ?? [];
  const relationName = relation.toLowerCase() === 'previous' ? 'prev' : relation.toLowerCase();
  const before = holder[name];
  const isLink = isLinks || relation !== name || (isObject(before) && 'href' in before);
  if (relation === '' || !isLink || Object.keys(page.links).length === 0) return false;
  const address = page.links[relationName];
  if (address === undefined) {
    if (before !== undefined) drop(holder, name, fits);
    return true;
  }
  return put(holder, name, isObject(before) ? { ...before, href: address } : address, fits);
}

/** A body with only the members that the query `fields` names; ids, and what must be there, stay. */
export function narrowed(world: World, turn: Turn, schema: Schema, body: JsonValue): JsonValue {
  const asked = turn.input['fields'];
  const names = (Array.isArray(asked) ? asked : typeof asked === 'string' ? asked.split(',') : []).map((name) =>
    String(name).trim(),
  );
  if (names.length === 0) return body;
  const { kind, action } = turn.plan;
  const isList = action === 'list';
  const place = isList ? listPlace(world.contract, schema) : thingPlace(world.contract, schema, kind?.word ?? '');
  const part = place && partAt(body, place.path);
  if (!place || part === undefined) return body;
  const kept = new Set([...names, kind?.id ?? '']);
  const validator = turn.generator.validator(place.schema, 'response');
  const narrow = (item: JsonValue): JsonValue => {
    if (!isObject(item)) return item;
    const left: JsonObject = { ...item };
    for (const [name, value] of Object.entries(item)) {
      if (kept.has(name)) continue;
      delete left[name];
      if (!validator.check(left)) left[name] = value;
    }
    return left;
  };
  return withPart(body, place.path, Array.isArray(part) ? part.map(narrow) : narrow(part));
}
