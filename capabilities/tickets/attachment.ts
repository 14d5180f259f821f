// What people add to a ticket. The bytes are in the store of files; a row here says what they are and whose words.

import { type Db, fromWireId, toWireId } from '@plinth/runtime';
import type { Attachment } from './generated.ts';
import { type AttachmentRow, ticketsDb } from './tables.ts';

/** Of one ticket. */
export const mostAttachments = 20;

/** In the order they were added. */
export async function listAttachments(db: Db, ticketId: string): Promise<AttachmentRow[]> {
  return ticketsDb(db)
    .selectFrom('attachments')
    .selectAll()
    .where('ticketId', '=', ticketId)
    .orderBy('at')
    .orderBy('id')
    .limit(mostAttachments)
    .execute();
}

/** undefined also when it is another ticket's: who may see a ticket sees no more than that. */
export async function findAttachment(
  db: Db,
  place: { ticketId: string; attachmentId: string },
): Promise<AttachmentRow | undefined> {
  const ticketId = fromWireId('tkt', place.ticketId);
  const id = fromWireId('att', place.attachmentId);
  if (!ticketId || !id) return undefined;
  return ticketsDb(db)
    .selectFrom('attachments')
    .selectAll()
    .where('id', '=', id)
    .where('ticketId', '=', ticketId)
    .executeTakeFirst();
}

export function toAttachment({ id, name, type, size, kind, author, at }: AttachmentRow): Attachment {
  return { id: toWireId('att', id), name, type, size, kind, author, at: at.toString() };
}
