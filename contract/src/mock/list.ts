// Lists: which things a query asks for, in which order, and which page of them.

import { encodeParams } from '../codec/encode.ts';
import type { JsonObject, JsonValue } from '../model/contract.ts';
import { declaredMembers } from '../schema/members.ts';
import type { Kind } from './kinds.ts';
import type { Page } from './page.ts';
import type { Thing } from './store.ts';
import type { Turn, World } from './world.ts';

const sizes = ['limit', 'pageSize', 'page-size', 'page_size', 'per_page', 'perPage', 'size', 'take', 'maxResults'];
const offsets = ['offset', 'skip', 'start'];
const cursors = ['cursor', 'after', 'starting_after', 'startingAfter', 'pageToken', 'page_token', 'next'];
const pages = ['page', 'page-number', 'pageNumber', 'page_number', 'p'];
const paging = new Set([...sizes, ...offsets, ...cursors, ...pages]);
const usualSize = 25;
const largestPage = 1000;

/** The page of `things` that a call asks for. */
export function pageOf(world: World, kind: Kind, things: readonly Thing[], turn: Turn): Page {
  const { input } = turn;
  const declared = [...declaredMembers(kind.schema, world.contract.document).properties.keys()];
  const chosen = sorted(
    things.filter((thing) => isAsked(thing.item, declared, turn)),
    input,
  );
  // Where no further page can be asked for, the first is all.
  const isPaged = turn.operation.params.some(({ name }) => paging.has(name));
  const asked = Math.min(largestPage, Math.max(1, Math.floor(numberOf(input, sizes) ?? usualSize)));
  const limit = isPaged ? asked : Math.max(asked, chosen.length);
  const from = startOf(chosen, input, limit);
  const page = chosen.slice(from, from + limit);
  const isLast = from + limit >= chosen.length;
  const last = page.at(-1);
  const next = isLast || !last ? undefined : cursorOf(last.id, turn);
  const links = linksOf(world, turn, { from, limit, total: chosen.length, next });
  return { things: page, kind, total: chosen.length, limit, from, next, links };
}

/** Addresses of this page and of those around it, as far as the operation's parameters can name them. */
function linksOf(
  world: World,
  turn: Turn,
  at: { from: number; limit: number; total: number; next: string | undefined },
): Record<string, string> {
  const { operation, input, origin = '' } = turn;
  const queryNames = operation.params.filter((param) => param.in === 'query').map(({ name }) => name);
  const to = (changes: Record<string, unknown>): string => {
    const { path, query } = encodeParams(operation, { ...input, ...changes });
    return `${origin}${world.contract.basePath}${path}${query}`;
  };
  const named = (names: readonly string[]): string | undefined => queryNames.find((name) => names.includes(name));
  const [offset, page, cursor] = [named(offsets), named(pages), named(cursors)];
  const step = (from: number): Record<string, unknown> | undefined => {
    if (offset !== undefined) return { [offset]: from };
    return page === undefined ? undefined : { [page]: Math.floor(from / at.limit) + 1 };
  };
  const links: Record<string, string> = { self: to({}) };
  const first = step(0);
  if (first) {
    const lastFrom = Math.max(0, Math.ceil(at.total / at.limit) - 1) * at.limit;
    links['first'] = to(first);
    links['last'] = to(step(lastFrom) ?? {});
    if (at.from > 0) links['prev'] = to(step(Math.max(0, at.from - at.limit)) ?? {});
    if (at.next !== undefined) links['next'] = to(step(at.from + at.limit) ?? {});
  } else if (cursor !== undefined) {
    links['first'] = to({ [cursor]: undefined });
    if (at.next !== undefined) links['next'] = to({ [cursor]: at.next });
  }
  return links;
}

/** Our own cursors say nothing to callers; foreign contracts continue after an id. */
function cursorOf(id: string, turn: Turn): string {
  const isOpaque = turn.operation.params.some((param) => param.name === 'cursor');
  return isOpaque ? btoa(encodeURIComponent(id)).replaceAll('=', '') : id;
}

function startOf(things: readonly Thing[], input: Turn['input'], limit: number): number {
  const offset = numberOf(input, offsets);
  if (offset !== undefined) return Math.max(0, Math.floor(offset));
  const page = numberOf(input, pages);
  if (page !== undefined) return Math.max(0, Math.floor(page - 1) * limit);
  const cursor = cursors.map((name) => input[name]).find((value) => typeof value === 'string');
  if (cursor === undefined) return 0;
  const ids = new Set([cursor, plainOf(cursor)]);
  const at = things.findIndex((thing) => ids.has(thing.id));
  // What a cursor pointed at may be gone by now: then nothing follows.
  return at < 0 ? things.length : at + 1;
}

function plainOf(cursor: string): string {
  try {
    return decodeURIComponent(atob(cursor));
  } catch {
    return cursor;
  }
}

function numberOf(input: Turn['input'], names: readonly string[]): number | undefined {
  const name = names.find((entry) => input[entry] !== undefined);
  const value = name === undefined ? undefined : Number(input[name]);
  return value === undefined || Number.isNaN(value) ? undefined : value;
}

const least = /^(?:(?:min|from|after|gte|since)[_-]?(.+)|(.+?)[_-]?(?:min|from|after|gte|since))$/i;
const most = /^(?:(?:max|to|before|lte|until)[_-]?(.+)|(.+?)[_-]?(?:max|to|before|lte|until))$/i;

/** Query parameters that are named like a property filter; with an affix (`minAmount`, `createdAfter`) they bound it. */
function isAsked(item: JsonObject, declared: readonly string[], { operation, input }: Turn): boolean {
  return operation.params.every((param) => {
    const wanted = input[param.name];
    if (param.in !== 'query' || wanted === undefined || wanted === null) return true;
    const exact = nameIn(declared, param.name) ?? nameIn(Object.keys(item), param.name);
    if (exact !== undefined) return item[exact] !== undefined && meets(item[exact], wanted);
    const low = least.exec(param.name);
    const high = low ? null : most.exec(param.name);
    const bound = low ?? high;
    const bounded = bound && nameIn(declared, bound[1] ?? bound[2] ?? '');
    if (!bounded) return true;
    const value = item[bounded];
    if (value === null || value === undefined) return false;
    if (typeof value === 'object') return true;
    const order = compare(value, wanted as JsonValue);
    return low ? order >= 0 : order <= 0;
  });
}

/** The property that a parameter names: `created` also means `createdAt`. */
function nameIn(names: readonly string[], name: string): string | undefined {
  if (names.includes(name)) return name;
  const plain = plainName(name);
  return names.find((each) => [plain, `${plain}at`, `${plain}on`].includes(plainName(each)));
}

function plainName(name: string): string {
  return name.toLowerCase().replaceAll(/[^a-z0-9]/g, '');
}

/** Equal, or one of several; an array holds it. */
function meets(value: JsonValue, wanted: unknown): boolean {
  if (Array.isArray(wanted)) return wanted.length === 0 || wanted.some((one) => meets(value, one));
  if (Array.isArray(value)) return value.some((one) => meets(one, wanted));
  if (typeof wanted === 'object') return true;
  return value === wanted || (value !== null && textOf(value) === textOf(wanted as JsonValue));
}

function sorted(things: readonly Thing[], input: Turn['input']): readonly Thing[] {
  const { sort = input['sortBy'] ?? input['order_by'], order } = input;
  if (typeof sort !== 'string') return things;
  const name = sort.replace(/^[-+]/, '').replace(/[:\s.](asc|desc)$/i, '');
  const isDown = sort.startsWith('-') || /desc$/i.test(sort) || order === 'desc';
  const ordered = things.toSorted((left, right) => compare(left.item[name] ?? null, right.item[name] ?? null));
  return isDown ? ordered.toReversed() : ordered;
}

function compare(left: JsonValue, right: JsonValue): number {
  if (typeof left === 'number' && typeof right === 'number') return left - right;
  const [one, two] = [textOf(left), textOf(right)];
  return one < two ? -1 : one > two ? 1 : 0;
}

function textOf(value: JsonValue): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
