import { type Db, defineCapability, fromWireId, reaction, read, toWireId, write } from '@plinth/runtime';
import { addTicketAttachment } from './handlers/add-ticket-attachment.ts';
import { addTicketNote } from './handlers/add-ticket-note.ts';
import { assignTicket } from './handlers/assign-ticket.ts';
import { getTicketAttachment } from './handlers/get-ticket-attachment.ts';
import { getTicket } from './handlers/get-ticket.ts';
import { listTickets } from './handlers/list-tickets.ts';
import { openTicket } from './handlers/open-ticket.ts';
import { removeTicketAttachment } from './handlers/remove-ticket-attachment.ts';
import { reopenTicket } from './handlers/reopen-ticket.ts';
import { replyToTicket } from './handlers/reply-to-ticket.ts';
import { resolveTicket } from './handlers/resolve-ticket.ts';
import { invariants } from './invariants.ts';
import * as tickets0001 from './migrations/0001-tickets.ts';
import * as attachments0002 from './migrations/0002-attachments.ts';
import { onHandoverRequested } from './reactions/on-handover-requested.ts';
import { onTurnPosted } from './reactions/on-turn-posted.ts';
import { seed } from './seed.ts';
import { ticketsDb } from './tables.ts';

export const tickets = defineCapability({
  name: 'tickets',
  folder: import.meta.dirname,
  handlers: {
    listTickets: read(listTickets),
    openTicket: write(openTicket),
    getTicket: read(getTicket),
    replyToTicket: write(replyToTicket),
    addTicketAttachment: write(addTicketAttachment),
    getTicketAttachment: read(getTicketAttachment),
    removeTicketAttachment: write(removeTicketAttachment),
    addTicketNote: write(addTicketNote),
    assignTicket: write(assignTicket),
    resolveTicket: write(resolveTicket),
    reopenTicket: write(reopenTicket),
  },
  reactions: [
    reaction('tickets.on-handover-requested', 'handover.requested', onHandoverRequested),
    reaction('tickets.on-turn-posted', 'turn.posted', onTurnPosted),
  ],
  owners: { ticket: ownersOfTickets },
  migrations: { '0001-tickets': tickets0001, '0002-attachments': attachments0002 },
  invariants,
  seed,
});

async function ownersOfTickets(ids: readonly string[], db: Db): Promise<Map<string, readonly string[]>> {
  const uuids = ids.flatMap((id) => fromWireId('tkt', id) ?? []);
  if (uuids.length === 0) return new Map();
  const rows = await ticketsDb(db)
    .selectFrom('tickets')
    .select(['id', 'customerId'])
    .where('id', 'in', uuids)
    .execute();
  return new Map(rows.map((row) => [toWireId('tkt', row.id), row.customerId ? [row.customerId] : []]));
}
