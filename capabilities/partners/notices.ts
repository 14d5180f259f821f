import { type OnWebhookNotice, toWireId } from '@plinth/runtime';
import { partnersDb } from './tables.ts';

/** Trouble with an endpoint becomes a fact of its partner, heard by the partner's other endpoints and by pages. */
export const tellTrouble: OnWebhookNotice = async ({ kind, targetId, because, failingSince }, ctx) => {
  const row = await partnersDb(ctx.db)
    .selectFrom('endpoints')
    .select('partnerId')
    .where('id', '=', targetId)
    .executeTakeFirst();
  if (!row) return;
  const endpointId = toWireId('whe', targetId);
  ctx.emit(kind === 'failing' ? 'endpoint.failing' : 'endpoint.disabled', {
    subject: endpointId,
    data: {
      endpointId,
      partnerId: row.partnerId,
      because,
      ...(failingSince === null ? {} : { failingSince: failingSince.toString() }),
    },
  });
};
