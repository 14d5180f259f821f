// Walks the pages of a list.

import { isObject } from '../load/pointer.ts';
import type { JsonValue, Operation } from '../model/contract.ts';
import type { Bindings } from './builder.ts';
import type { Call, Exchange, Principal } from './exchange.ts';
import type { Thing } from './things.ts';
import type { Trial } from './trial.ts';

/** Pages that are read of one list. */
const mostPages = 40;

export interface Walk {
  /** In the order they came. */
  things: Thing[];
  ids: JsonValue[];
  pages: JsonValue[][];
  last: Exchange;
  /** False when there were more pages than are read, or one was refused. */
  isWhole: boolean;
  /** True when a page leads back to one that was read. */
  isEndless: boolean;
}

export interface WalkOptions {
  bindings: Bindings;
  variable?: string | undefined;
  /** Things a page; the list's own size by default. */
  limit?: number;
  /** Who reads; the right one by default. */
  as?: Principal | undefined;
  /** Called between two pages. */
  between?: () => Promise<void>;
}

/** Reads a list to its end; undefined when it answers with no list of things. Only declared ways to go on are followed. */
export async function pagesOf(trial: Trial, list: Operation, options: WalkOptions): Promise<Walk | undefined> {
  const call = plainCall(trial, list, options);
  const { paging } = list.policy;
  const pages: JsonValue[][] = [];
  const seen: Thing[] = [];
  const cursors = new Set<JsonValue>();
  let last: Exchange | undefined;
  const walk = (of: { isWhole?: boolean; isEndless?: boolean }): Walk | undefined =>
    last && {
      things: seen,
      ids: pages.flat(),
      pages,
      last,
      isWhole: of.isWhole === true,
      isEndless: of.isEndless === true,
    };
  for (let next = call; next && pages.length < mostPages;) {
    last = await trial.send(next, 'accept', options.as);
    const things = last.succeeded ? trial.bench.sources.thingsIn(last, options.variable) : undefined;
    if (!things) return pages.length === 0 ? undefined : walk({});
    seen.push(...things);
    pages.push(things.map(({ id }) => id));
    const cursor = paging && isObject(last.value) ? last.value[paging.next] : undefined;
    if (!paging || cursor === undefined || cursor === null || cursor === '')
      return walk({ isWhole: paging !== undefined || !seemsPaged(list) });
    if (cursors.has(cursor)) return walk({ isEndless: true });
    cursors.add(cursor);
    trial.capture(last, `/${paging.next}`, cursor);
    next = { ...next, params: { ...next.params, cursor } };
    await options.between?.();
  }
  return walk({});
}

/** The whole list, in pages as large as they may be. */
function plainCall(trial: Trial, list: Operation, { bindings, limit }: WalkOptions): Call | undefined {
  const call = trial.bench.builder.plain(list, trial.draw.at('list'), bindings);
  const size = limitName(list);
  if (!call || size === undefined || (limit === undefined && !list.policy.paging)) return call;
  return { ...call, params: { ...call.params, [size]: limit ?? list.policy.paging?.max } };
}

/** The parameter that says how many things a page has. */
export function limitName(list: Operation): string | undefined {
  return list.params.find(({ in: place, name }) => place === 'query' && /^(limit|page_?size|per_?page)$/i.test(name))
    ?.name;
}

/** A list that takes a size or place may have more pages than the contract lets one follow. */
function seemsPaged(list: Operation): boolean {
  return list.params.some(
    ({ in: place, name }) => place === 'query' && /limit|size|page|offset|cursor|after|skip|take/i.test(name),
  );
}
