import {
  type AddressCheck,
  fromWireId,
  PortError,
  problem,
  reply,
  toWireId,
  webhooks,
  type WriteHandler,
} from '@plinth/runtime';
import { contactColumns, type EndpointWithState, withStates } from '../endpoint.ts';
import { toEndpoint } from '../shapes.ts';
import { partnersDb } from '../tables.ts';

/** What the address says by itself is checked here; what its name resolves to is checked at every delivery. */
export function createEndpoint(checkAddress: AddressCheck): WriteHandler<'partners.createEndpoint'> {
  return async (input, ctx) => {
    const { appId, url, events, contact, signature: signing } = input.body;
    const db = partnersDb(ctx.db);
    const app = await db
      .selectFrom('apps')
      .selectAll()
      .where('id', '=', fromWireId('app', appId) ?? '00000000-0000-0000-0000-000000000000')
      .forUpdate()
      .executeTakeFirst();
    if (!app || app.partnerId !== ctx.principal.partnerId) return problem('not-found');
    if (app.suspendedSince !== null) return problem('conflicting-state', { currentState: 'suspended' });
    try {
      await checkAddress(url, { looksUp: false });
    } catch (error) {
      if (!(error instanceof PortError)) throw error;
      return problem('partners.address-refused', { reason: `${error.message}.` });
    }
    const [id, now] = [ctx.ids.uuid(), ctx.clock.now()];
    const row = await db
      .insertInto('endpoints')
      .values({
        id,
        appId: app.id,
        partnerId: app.partnerId,
        url,
        events: [...new Set(events)],
        ...contactColumns(contact),
        createdAt: now,
      })
      .returningAll()
      .executeTakeFirstOrThrow();
    const secret = await webhooks.addTarget(ctx.db, { id, owner: appId, url, signing, now });
    const endpointId = toWireId('whe', id);
    ctx.emit('endpoint.created', { subject: endpointId, data: { endpointId, partnerId: app.partnerId } });
    const [endpoint] = (await withStates(ctx.db, [row])) as [EndpointWithState];
    return reply(201, { ...toEndpoint(endpoint), secret });
  };
}
