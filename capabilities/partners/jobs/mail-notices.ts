import { type Job, type Mail, type OpenContext, PortError } from '@plinth/runtime';
import { sql } from 'kysely';
import { noticeText } from '../notice-text.ts';
import { type MailNoticeRow, partnersDb } from '../tables.ts';

/** Taken at once: so many time-outs of a mail server are within the lease. */
const mostNotices = 10;
/** A notice that a process took and did not end is taken anew after this long. */
const leaseS = 300;
/** Seconds from one try to the next: a minute, doubled each time, at most an hour. */
const retryS = (tries: number): number => Math.min(3600, 60 * 2 ** Math.min(tries, 6));
/** Older ones are given up: what they say is no longer so. */
const giveUpS = 7 * 86_400;

export interface MailNoticesPorts {
  mail: Mail;
  /** Of the developers' pages. */
  page: string;
}

/**
 * Writes to the contacts of endpoints. A notice leaves once: its row is leased while it is tried and deleted when the
 * transport has taken it. After a crash between the two it is sent again under the same key: a folder knows it, SMTP does
 * not, and the mail's reader sees one Message-ID twice.
 */
export function mailNotices(ports: MailNoticesPorts): Job {
  return {
    name: 'partners.mail-notices',
    everyS: 10,
    async run(_data, ctx) {
      for (const notice of await take(ctx)) await send(notice, ctx, ports);
    },
  };
}

async function take(ctx: OpenContext): Promise<MailNoticeRow[]> {
  const now = ctx.clock.now();
  return ctx.transaction((tx) =>
    partnersDb(tx.db)
      .updateTable('mailNotices')
      .set({ dueAt: now.add({ seconds: leaseS }), tries: sql`tries + 1` as never })
      .where('id', 'in', (query) =>
        query
          .selectFrom('mailNotices')
          .select('id')
          .where('dueAt', '<=', now)
          .orderBy('dueAt')
          .limit(mostNotices)
          .forUpdate()
          .skipLocked(),
      )
      .returningAll()
      .execute(),
  );
}

async function send(notice: MailNoticeRow, ctx: OpenContext, { mail, page }: MailNoticesPorts): Promise<void> {
  const { id, tries, madeAt } = notice;
  const endpoint = await partnersDb(ctx.db)
    .selectFrom('endpoints')
    .select(['url', 'contactEmail', 'contactLanguage'])
    .where('id', '=', notice.endpointId)
    .executeTakeFirst();
  const now = ctx.clock.now();
  try {
    // Without an address meanwhile there is nobody to tell.
    if (endpoint?.contactEmail)
      await mail.send({ to: endpoint.contactEmail, ...noticeText({ notice, endpoint, page }), key: id });
  } catch (error) {
    const isFinal = error instanceof PortError && error.failure === 'refused';
    const isOld = now.since(madeAt).total('seconds') > giveUpS;
    ctx.log.warn('a notice to a partner did not leave', { id, error: String(error) });
    if (!isFinal && !isOld) {
      const dueAt = now.add({ seconds: retryS(tries - 1) });
      await ctx.transaction((tx) =>
        partnersDb(tx.db).updateTable('mailNotices').set({ dueAt }).where('id', '=', id).execute(),
      );
      return;
    }
  }
  await ctx.transaction((tx) => partnersDb(tx.db).deleteFrom('mailNotices').where('id', '=', id).execute());
}
