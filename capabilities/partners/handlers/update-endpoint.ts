import { problem, reply, type WriteHandler } from '@plinth/runtime';
import { contactColumns, findEndpoint } from '../endpoint.ts';
import { toEndpoint } from '../shapes.ts';
import { partnersDb } from '../tables.ts';

export const updateEndpoint: WriteHandler<'partners.updateEndpoint'> = async (input, ctx) => {
  const endpoint = await findEndpoint(ctx.db, input.endpointId);
  if (!endpoint) return problem('not-found');
  const change = contactColumns(input.body.contact);
  await partnersDb(ctx.db).updateTable('endpoints').set(change).where('id', '=', endpoint.id).execute();
  return reply(200, toEndpoint({ ...endpoint, ...change }));
};
