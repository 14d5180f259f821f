import type { Job, Mail } from '@plinth/runtime';
import { notificationsDb } from '../tables.ts';

/** Hands one message to the mail port; the port's key keeps a repeated run from sending it twice. */
export function sendMail(mail: Mail): Job {
  return {
    name: 'notifications.send-mail',
    async run(data, ctx) {
      const row = await notificationsDb(ctx.db)
        .selectFrom('messages')
        .selectAll()
        .where('id', '=', String(data['id']))
        .where('state', '=', 'pending')
        .executeTakeFirst();
      if (!row?.emailAddress) return;
      await mail.send({ to: row.emailAddress, subject: row.title, text: row.text, key: row.id });
      await ctx.transaction(async (tx) => {
        await notificationsDb(tx.db)
          .updateTable('messages')
          .set({ state: 'delivered', emailAddress: null })
          .where('id', '=', row.id)
          .execute();
      });
    },
  };
}
