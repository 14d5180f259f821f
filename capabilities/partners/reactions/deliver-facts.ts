import type { PlinthEvent, ReactionContext } from '@plinth/runtime';
import { sql } from 'kysely';
import { cloudEvent, enqueueDelivery } from '../delivery.ts';
import { partnersDb } from '../tables.ts';

/** Most endpoints that may hear of one kind of fact. */
const mostEndpoints = 1000;

/** A fact goes to every active endpoint that asked for it and whose application may read it. */
export async function deliverFacts(event: PlinthEvent, ctx: ReactionContext): Promise<void> {
  const capability = event.source.slice(1);
  const endpoints = await partnersDb(ctx.db)
    .selectFrom('endpoints as e')
    .innerJoin('apps as a', 'a.id', 'e.appId')
    .select(['e.id', 'e.partnerId'])
    .where('e.state', '=', 'active')
    .where('a.state', '!=', 'suspended')
    .where(sql<boolean>`${event.type} = any (e.events)`)
    .where(sql<boolean>`${`${capability}.read`} = any (a.scopes)`)
    .limit(mostEndpoints)
    .execute();
  const payload = endpoints.length > 0 ? cloudEvent(event) : '';
  for (const endpoint of endpoints) await enqueueDelivery(ctx, endpoint, { id: event.id, type: event.type, payload });
}
