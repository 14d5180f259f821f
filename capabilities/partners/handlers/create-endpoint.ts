import { randomBytes } from 'node:crypto';
import { fromWireId, problem, reply, toWireId, type WriteHandler } from '@plinth/runtime';
import { toEndpoint } from '../shapes.ts';
import { partnersDb } from '../tables.ts';

/** Whether the address may be reached is checked at every delivery; here only that it is an address at all. */
export const createEndpoint: WriteHandler<'partners.createEndpoint'> = async (input, ctx) => {
  const { appId, url, events } = input.body;
  const db = partnersDb(ctx.db);
  const app = await db
    .selectFrom('apps')
    .selectAll()
    .where('id', '=', fromWireId('app', appId) ?? '00000000-0000-0000-0000-000000000000')
    .executeTakeFirst();
  if (!app || app.partnerId !== ctx.principal.partnerId) return problem('not-found');
  const address = URL.canParse(url) ? new URL(url) : undefined;
  if (!address || !['https:', 'http:'].includes(address.protocol) || address.username !== '') {
    return problem('partners.address-refused', { reason: 'It is no http address.' });
  }
  const secret = `whsec_${randomBytes(32).toString('base64')}`;
  const row = await db
    .insertInto('endpoints')
    .values({
      id: ctx.ids.uuid(),
      appId: app.id,
      partnerId: app.partnerId,
      url,
      events: [...new Set(events)],
      secret,
      state: 'active',
      failures: 0,
      createdAt: ctx.clock.now(),
    })
    .returningAll()
    .executeTakeFirstOrThrow();
  ctx.emit('endpoint.created', { subject: toWireId('whe', row.id), data: { endpointId: toWireId('whe', row.id) } });
  return reply(201, { ...toEndpoint(row), secret });
};
