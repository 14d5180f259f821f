// Walks the pages of a list.

import { isObject } from '../load/pointer.ts';
import type { JsonValue, Operation } from '../model/contract.ts';
import type { Bindings } from './builder.ts';
import type { Exchange, Principal } from './exchange.ts';
import type { Trial } from './trial.ts';

/** Pages that are read of one list. */
const mostPages = 40;

export interface Walk {
  /** In the order they came. */
  ids: JsonValue[];
  pages: JsonValue[][];
  last: Exchange;
  /** False when there were more pages than are read, or one was refused. */
  isWhole: boolean;
}

export interface WalkOptions {
  bindings: Bindings;
  variable?: string | undefined;
  /** Things a page; the list's own size by default. */
  limit?: number;
  /** Who reads; the right one by default. */
  as?: Principal;
  /** Called between two pages. */
  between?: () => Promise<void>;
}

/** Reads a list to its end; undefined when it answers with no list of things. Only declared ways to go on are followed. */
export async function pagesOf(trial: Trial, list: Operation, options: WalkOptions): Promise<Walk | undefined> {
  const { paging } = list.policy;
  const required = list.params.filter((param) => param.required && param.in !== 'path');
  const call = trial.bench.builder.valid(list, trial.draw.at('list'), options.bindings);
  if (!call) return undefined;
  // Nothing is filtered: only what must be there is sent.
  const kept = new Set([...required.map(({ name }) => name), ...Object.keys(options.bindings)]);
  const params = Object.fromEntries(Object.entries(call.params).filter(([name]) => kept.has(name)));
  const size = limitName(list);
  if (options.limit !== undefined && size !== undefined) params[size] = options.limit;
  let last: Exchange | undefined;
  const pages: JsonValue[][] = [];
  for (let cursor: JsonValue | undefined; pages.length < mostPages;) {
    const exchange = await trial.send(
      { ...call, params: { ...params, ...(cursor === undefined ? {} : { cursor }) } },
      'accept',
      options.as,
    );
    last = exchange;
    const things = exchange.succeeded ? trial.bench.sources.thingsIn(exchange, options.variable) : undefined;
    if (!things) return pages.length === 0 ? undefined : { ids: pages.flat(), pages, last, isWhole: false };
    pages.push(things.map(({ id }) => id));
    const next = paging && isObject(exchange.value) ? exchange.value[paging.next] : undefined;
    const isEnd = next === undefined || next === null || next === '';
    if (isEnd) return { ids: pages.flat(), pages, last, isWhole: paging !== undefined || !seemsPaged(list) };
    cursor = next;
    trial.capture(exchange, `/${paging?.next ?? 'next'}`, next);
    await options.between?.();
  }
  return last && { ids: pages.flat(), pages, last, isWhole: false };
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
