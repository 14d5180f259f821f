import { type OnWebhookNotice, toWireId } from '@plinth/runtime';
import { partnersDb } from './tables.ts';

/**
 * Trouble with an endpoint becomes a fact of its partner, heard by the partner's other endpoints and by pages, and a mail
 * to its contact, which leaves after the commit (jobs/mail-notices.ts).
 */
export const tellTrouble: OnWebhookNotice = async ({ kind, targetId, because, failingSince }, ctx) => {
  const db = partnersDb(ctx.db);
  const row = await db
    .selectFrom('endpoints')
    .select(['partnerId', 'contactEmail'])
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
  if (row.contactEmail === null) return;
  const now = ctx.clock.now();
  await db
    .insertInto('mailNotices')
    .values({ id: ctx.ids.uuid(), endpointId: targetId, kind, because, failingSince, madeAt: now, dueAt: now })
    .execute();
};
