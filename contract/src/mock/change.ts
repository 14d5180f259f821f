// What operations do to things: make, replace, change, remove, move from state to state. Each gives the thing as it
// would be; nothing is kept before the answer has been found valid.

import { follow, isObject } from '../load/pointer.ts';
import type { JsonObject, JsonValue } from '../model/contract.ts';
import { declaredMembers } from '../schema/members.ts';
import { type MockAnswer, refusal } from './answer.ts';
import { applyJsonPatch } from './json-patch.ts';
import type { Kind } from './kinds.ts';
import { changedAt, type Making } from './making.ts';
import { copied, drop, type Edit, edit, mergePatch, put } from './overlay.ts';
import type { Thing } from './store.ts';
import { propertyOf, stateOfVerb, stateProperty } from './things.ts';
import { type Fresh, textOfId, type Turn, type World } from './world.ts';

/** Requests as members; nothing when the body is no object. */
function bodyOf(turn: Turn): JsonObject {
  const body = turn.input['body'];
  return isObject(body) && !(body instanceof Uint8Array) ? body : {};
}

/** A new thing: what the request says, then id, dates, first state, and what else the schema demands. */
export function made(world: World, kind: Kind, turn: Turn): Thing | undefined {
  const body = bodyOf(turn);
  const making = world.makings.of(kind, turn.operation);
  const isSaid = (name: string): boolean => name !== kind.id && body[name] !== null && body[name] !== undefined;
  const fresh = freshOf(making, kind, turn, isSaid);
  const thing = world.draft(kind, turn, { key: `created/${kind.name}/${world.store.next()}`, fresh });
  if (!thing) return undefined;
  const { item } = thing;
  const fits = world.fits(kind, turn);
  const given = kind.id === undefined ? undefined : body[kind.id];
  if (kind.id !== undefined && given !== undefined && put(item, kind.id, given, fits)) thing.id = textOfId(given);
  const edits: Edit[] = [];
  for (const name of Object.keys(body))
    if (isSaid(name) && (making.isDeclared(name) || name in item)) edits.push([name, body[name]]);
  settle(edits, making, kind, { turn, item });
  edit(item, edits, fits);
  linkToItself(world, kind, turn, thing);
  return thing;
}

/** What need not be made up: values that the request says or the clock, and parts that are left out in the end. */
function freshOf(making: Making, kind: Kind, turn: Turn, isSaid: (name: string) => boolean): Fresh {
  const body = bodyOf(turn);
  const { sketch, state } = making;
  const given: JsonObject = {};
  const absent = new Set<string>();
  for (const name of sketch.names) {
    const { isStamp, isWhole, isLeftOut } = making.habitOf(name);
    if (isSaid(name)) given[name] = body[name] ?? null;
    else if (name in body || name === kind.id) continue;
    else if (name === state?.[0]) given[name] = state[1];
    else if (isStamp) given[name] = stampOf(turn, isWhole);
    else if (!sketch.isRequired(name) && isLeftOut) absent.add(name);
  }
  return { sketch, given, absent };
}

/** The last second that was asked for: many things are made in one, each with several dates. */
let lastStamp = { second: Number.NaN, text: '' };

function stampOf({ now }: Turn, isNumber: boolean): JsonValue {
  const second = Math.floor(now.epochMilliseconds / 1000);
  if (isNumber) return second;
  if (second !== lastStamp.second) lastStamp = { second, text: now.toString({ smallestUnit: 'second' }) };
  return lastStamp.text;
}

/** Where a thing is read, from the root of the server; undefined when nothing reads it below this path. */
export function locationOf(world: World, kind: Kind, turn: Turn, thing: Thing): string | undefined {
  const path = kind.readPaths.find((each) => each.startsWith(`${turn.operation.path}/`)) ?? kind.readPaths[0];
  if (path === undefined) return undefined;
  let filled = world.contract.basePath;
  for (const { text, name, isLast } of world.partsOf(path)) {
    const value = name === undefined ? text : isLast ? thing.id : (turn.under[name] ?? thing.under[name]);
    if (value === undefined) return undefined;
    filled += name === undefined ? text : encodeURIComponent(value);
  }
  return filled;
}

/** `href`, `self` and `_links.self.href` lead to the thing. */
function linkToItself(world: World, kind: Kind, turn: Turn, thing: Thing): void {
  const { item } = thing;
  const { href, self, links: ours, _links: theirs } = item;
  if (href === undefined && self === undefined && ours === undefined && theirs === undefined) return;
  const location = locationOf(world, kind, turn, thing);
  if (location === undefined) return;
  const address = (turn.origin ?? '') + location;
  const fits = world.fits(kind, turn);
  for (const name of ['href', 'self']) if (typeof item[name] === 'string') put(item, name, address, fits);
  for (const name of ['links', '_links']) {
    const links = item[name];
    if (!isObject(links) || links['self'] === undefined) continue;
    const self = isObject(links['self']) ? { ...links['self'], href: address } : address;
    put(item, name, { ...links, self }, fits);
  }
}

/** The property, or list of properties, whose values another thing already has; undefined = none. */
export function taken(world: World, kind: Kind, turn: Turn, thing: Thing): string | undefined {
  if (kind.unique.length === 0) return undefined;
  const others = world.store.all(kind.name).filter((other) => !other.gone && other.id !== thing.id);
  const same = (name: string, other: Thing): boolean =>
    thing.item[name] !== undefined && JSON.stringify(thing.item[name]) === JSON.stringify(other.item[name]);
  return kind.unique.find((names) => others.some((other) => names.every((name) => same(name, other))))?.join(', ');
}

/** Adds what the caller did not say: dates of now, first version, first state; without what has not happened yet. */
function settle(
  edits: Edit[],
  making: Making,
  kind: Kind,
  { turn, item }: { turn: Turn; item: Readonly<JsonObject> },
): void {
  const body = bodyOf(turn);
  for (const name of Object.keys(item)) {
    if (name in body || name === kind.id) continue;
    const { isStamp, isLeftOut } = making.habitOf(name);
    if (isStamp) edits.push([name, stampOf(turn, typeof item[name] === 'number')]);
    else if (isLeftOut) edits.push([name, undefined]);
  }
  if (typeof item['version'] === 'number') edits.push(['version', 1]);
  const { state } = making;
  if (state && (kind.states !== undefined || !(state[0] in body))) edits.push(state);
}

/** PATCH: a merge patch (RFC 7396), or a JSON Patch (RFC 6902) when the body is a list. */
export function patched(world: World, kind: Kind, turn: Turn, thing: Thing): Thing {
  const item = copied(thing.item);
  const sent = turn.input['body'];
  if (Array.isArray(sent)) {
    const next = applyJsonPatch(item, sent as JsonValue[]);
    const kept = isObject(next) && world.fits(kind, turn)(next) ? next : item;
    if (kind.id !== undefined && thing.item[kind.id] !== undefined) kept[kind.id] = thing.item[kind.id] ?? null;
    return touched(world, kind, turn, { ...thing, item: kept });
  }
  const { [kind.id ?? '']: _id, ...patch } = bodyOf(turn);
  const { properties } = declaredMembers(kind.schema, world.contract.document);
  const known = Object.entries(patch).filter(([name]) => properties.has(name) || name in item);
  mergePatch(item, Object.fromEntries<JsonValue>(known), world.fits(kind, turn));
  return touched(world, kind, turn, { ...thing, item });
}

/** PUT: what the request could have said and did not is gone. */
export function replaced(world: World, kind: Kind, turn: Turn, thing: Thing): Thing {
  const next = patched(world, kind, turn, thing);
  const body = bodyOf(turn);
  const fits = world.fits(kind, turn);
  const making = world.makings.of(kind, turn.operation);
  for (const name of Object.keys(next.item))
    if (!(name in body) && name !== kind.id && making.isAskable(name)) drop(next.item, name, fits);
  return next;
}

/** Version and date of change go on. */
function touched(world: World, kind: Kind, turn: Turn, thing: Thing): Thing {
  const { item } = thing;
  const fits = world.fits(kind, turn);
  if (typeof item['version'] === 'number') put(item, 'version', item['version'] + 1, fits);
  for (const name of Object.keys(item)) {
    if (!changedAt.test(name)) continue;
    put(item, name, stampOf(turn, typeof item[name] !== 'string'), fits);
  }
  return thing;
}

/** A transition: the declared move, else the state that the verb names; or why it is not allowed now. */
export function moved(world: World, kind: Kind, turn: Turn, thing: Thing): Thing | MockAnswer {
  const { states } = kind;
  const { operation } = turn;
  const target = states?.moves.some((move) => move.by === operation.id)
    ? declaredTarget(states, thing.item, operation.id)
    : verbTarget(world, kind, turn);
  if (target && 'refused' in target) return target.refused;
  const item = copied(thing.item);
  const fits = world.fits(kind, turn);
  if (target && !put(item, target.property, target.to, fits)) item[target.property] = target.to;
  const { properties } = declaredMembers(kind.schema, world.contract.document);
  for (const [name, value] of Object.entries(bodyOf(turn)))
    if (properties.has(name) && name !== kind.id && name !== target?.property && value !== null)
      put(item, name, value, fits);
  if (target && properties.has(`${target.to}At`)) put(item, `${target.to}At`, stampOf(turn, false), fits);
  return touched(world, kind, turn, { ...thing, item, since: target ? turn.now.toString() : thing.since });
}

/** What was answered is an entry of one of the thing's lists (a reply of a ticket): it is added there. */
export function addPart(world: World, kind: Kind, turn: Turn, { thing, part }: { thing: Thing; part: unknown }): void {
  const { document } = world.contract;
  const schema = follow(document, turn.plan.answer.media?.schema);
  if (schema === undefined || !isObject(part)) return;
  for (const [name] of declaredMembers(kind.schema, document).properties) {
    const node = propertyOf(world.contract, kind.schema, name);
    if (node['type'] !== 'array' || follow(document, node['items']) !== schema) continue;
    const before = thing.item[name];
    put(thing.item, name, [...(Array.isArray(before) ? before : []), part], world.fits(kind, turn));
    return;
  }
}

type Target = { property: string; to: string } | { refused: MockAnswer };

function declaredTarget(states: NonNullable<Kind['states']>, item: JsonObject, operation: string): Target {
  const current = textOf(item[states.property]);
  const move = states.moves.find((entry) => entry.by === operation && entry.from.includes(current));
  if (move) return { property: states.property, to: move.to };
  const open = states.moves.filter((entry) => entry.from.includes(current));
  const next = open.map((entry) => entry.by).filter((by) => by !== 'timer' && !by.startsWith('event:'));
  return { refused: refusal('conflicting-state', { currentState: current, next: [...new Set(next)] }) };
}

function verbTarget(world: World, kind: Kind, turn: Turn): { property: string; to: string } | undefined {
  const state = stateProperty(world.contract, kind.schema);
  const to = state && stateOfVerb(turn.operation, state.values);
  return state && to !== undefined ? { property: state.name, to } : undefined;
}

function textOf(value: JsonValue | undefined): string {
  return typeof value === 'string' ? value : '';
}
