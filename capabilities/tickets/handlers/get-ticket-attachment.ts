import { download, problem, type ReadHandler } from '@plinth/runtime';
import { findAttachment } from '../attachment.ts';

export const getTicketAttachment: ReadHandler<'tickets.getTicketAttachment'> = async (input, ctx) => {
  const attachment = await findAttachment(ctx.db, input);
  const file = attachment && (await ctx.files.open(attachment.fileId));
  return file ? download(file) : problem('not-found');
};
