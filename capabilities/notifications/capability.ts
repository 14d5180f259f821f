import { type Capability, type Db, fromWireId, type Mail, read, toWireId, write } from '@plinth/runtime';
import { listInbox } from './handlers/list-inbox.ts';
import { markRead } from './handlers/mark-read.ts';
import { sendMessage } from './handlers/send-message.ts';
import { sendMail } from './jobs/send-mail.ts';
import * as notifications0001 from './migrations/0001-messages.ts';
import { tellCustomer } from './reactions/tell-customer.ts';
import { notificationsDb } from './tables.ts';

/** The manifest, over the port that e-mail leaves by. */
export function notifications(mail: Mail): Capability {
  return {
    name: 'notifications',
    folder: import.meta.dirname,
    handlers: { sendMessage: write(sendMessage), listInbox: read(listInbox), markRead: write(markRead) },
    reactions: [
      {
        name: 'notifications.tell-customer',
        on: ['order.placed', 'order.fulfilled', 'order.cancelled', 'ticket.replied'],
        run: tellCustomer,
      },
    ],
    jobs: [sendMail(mail)],
    owners: { message: ownersOfMessages },
    migrations: { '0001-messages': notifications0001 },
    invariants: [
      {
        name: 'notifications.mail-leaves-within-a-day',
        sql: `select id from notifications.messages where state = 'pending' and sent_at < now() - interval '1 day'`,
      },
    ],
  };
}

async function ownersOfMessages(ids: readonly string[], db: Db): Promise<Map<string, readonly string[]>> {
  const uuids = ids.flatMap((id) => fromWireId('msg', id) ?? []);
  if (uuids.length === 0) return new Map();
  const rows = await notificationsDb(db)
    .selectFrom('messages')
    .select(['id', 'customerId'])
    .where('id', 'in', uuids)
    .execute();
  return new Map(rows.map((row) => [toWireId('msg', row.id), [row.customerId]]));
}
