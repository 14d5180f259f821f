import { type Contract, isObject, valueAt } from '@plinth/contract';
import { type EventView, eventViews, PortError, type PlinthEvent, type ReactionContext } from '@plinth/runtime';
import { sql } from 'kysely';
import { sendEvent, withStates } from '../endpoint.ts';
import { partnersDb } from '../tables.ts';

/** Most endpoints that may hear of one kind of fact. */
const mostEndpoints = 1000;

/**
 * A fact goes to every endpoint that asked for it and whose application may read it, with as much of its data as partners
 * may see. Facts about partners themselves go to that partner alone.
 */
export function deliverFacts(contracts: () => readonly Contract[]) {
  const viewOf = eventViews('partner');
  return async (event: PlinthEvent, ctx: ReactionContext): Promise<void> => {
    const known = contracts();
    // At the start of the process: later, rather than less than is meant.
    if (known.length === 0) throw new PortError('unavailable', 'No contract is installed yet');
    const view = viewOf(known, event.type);
    const rows = await listeners(event, ctx);
    if (rows.length === 0) return;
    const { id, type, source, subject, time } = event;
    // What no contract describes any more is told without its data.
    const data = view?.see(event.data);
    const { retryForS } = view?.delivery ?? {};
    const orderKey = orderKeyOf(event, view);
    for (const { target } of await withStates(ctx.db, rows)) {
      if (target.state !== 'active' && target.state !== 'paused') continue;
      await sendEvent(ctx, target.id, { event: { id, type, source, subject, time, data }, orderKey, retryForS });
    }
  };
}

async function listeners(event: PlinthEvent, ctx: ReactionContext) {
  const capability = event.source.slice(1);
  let query = partnersDb(ctx.db)
    .selectFrom('endpoints as e')
    .innerJoin('apps as a', 'a.id', 'e.appId')
    .selectAll('e')
    .where('e.removedAt', 'is', null)
    .where(sql<boolean>`e.events @> array[${event.type}]::text[]`)
    .where(sql<boolean>`${`${capability}.read`} = any (a.scopes)`)
    .limit(mostEndpoints);
  if (capability === 'partners') {
    const partnerId = (event.data as { partnerId?: string } | null)?.partnerId;
    query = query.where('e.partnerId', '=', partnerId ?? '');
  }
  return query.execute();
}

/** The value that later events wait for; undefined when there is no order, or nothing to order by. */
function orderKeyOf(event: PlinthEvent, view: EventView | undefined): string | undefined {
  const { orderBy } = view?.delivery ?? {};
  if (orderBy === undefined) return undefined;
  if (orderBy === 'subject') return event.subject;
  const { data } = event;
  const value = isObject(data) ? valueAt(data, orderBy.slice('data#'.length)) : undefined;
  return typeof value === 'string' || typeof value === 'number' ? String(value) : undefined;
}
