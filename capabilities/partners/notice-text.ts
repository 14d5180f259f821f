// What is written to whoever looks after an endpoint: what happened, and what to do next.

import type { EndpointRow, Language, MailNoticeRow } from './tables.ts';

export interface NoticeText {
  subject: string;
  text: string;
}

export interface NoticeAbout {
  notice: Pick<MailNoticeRow, 'kind' | 'because' | 'failingSince'>;
  endpoint: Pick<EndpointRow, 'url' | 'contactLanguage'>;
  /** Of the developers' pages. */
  page: string;
}

type Words = (about: { address: string; since: string; page: string }) => NoticeText;

/** By what happened. */
const words: Readonly<Record<Language, Readonly<Record<'failing' | 'off' | 'gone', Words>>>> = {
  en: {
    failing: ({ address, since, page }) => ({
      subject: 'A webhook endpoint of yours fails',
      text: `Since ${since} nothing but failures has come from ${address}.

We go on trying. After five days of nothing but failures we switch the endpoint off.

What to do: make the address answer 2xx within 15 seconds. What it answered last, and what is still to be sent, you see at
${page}`,
    }),
    off: ({ address, since, page }) => ({
      subject: 'A webhook endpoint of yours is switched off',
      text: `Since ${since}, for five days, nothing but failures has come from ${address}. We have switched the endpoint off and send nothing there any more.

What to do: make the address answer 2xx within 15 seconds, then resume the endpoint and send again what is dead. We keep that for 30 days. Both are at
${page}`,
    }),
    gone: ({ address, page }) => ({
      subject: 'A webhook endpoint of yours is switched off',
      text: `${address} answered 410 (gone). We have switched the endpoint off and send nothing there any more.

What to do: if that was meant, remove the endpoint. If not, make the address answer 2xx, then resume the endpoint and send again what is dead. We keep that for 30 days. All of it is at
${page}`,
    }),
  },
  de: {
    failing: ({ address, since, page }) => ({
      subject: 'Ihr Webhook-Endpunkt antwortet nicht richtig',
      text: `Seit ${since} kommen von ${address} nur Fehler.

Wir versuchen es weiter. Nach fünf Tagen mit nichts als Fehlern schalten wir den Endpunkt ab.

Was zu tun ist: Die Adresse muss innerhalb von 15 Sekunden mit 2xx antworten. Die letzten Antworten und was noch zu senden ist, sehen Sie unter
${page}`,
    }),
    off: ({ address, since, page }) => ({
      subject: 'Ihr Webhook-Endpunkt ist abgeschaltet',
      text: `Seit ${since}, also seit fünf Tagen, kommen von ${address} nur Fehler. Wir haben den Endpunkt abgeschaltet und senden nichts mehr dorthin.

Was zu tun ist: Sorgen Sie dafür, dass die Adresse innerhalb von 15 Sekunden mit 2xx antwortet. Setzen Sie den Endpunkt dann fort, und senden Sie noch einmal, was nicht ankam. Wir heben es 30 Tage auf. Beides geht unter
${page}`,
    }),
    gone: ({ address, page }) => ({
      subject: 'Ihr Webhook-Endpunkt ist abgeschaltet',
      text: `${address} hat mit 410 (gone) geantwortet. Wir haben den Endpunkt abgeschaltet und senden nichts mehr dorthin.

Was zu tun ist: War das so gemeint, entfernen Sie den Endpunkt. Wenn nicht, sorgen Sie dafür, dass die Adresse mit 2xx antwortet. Setzen Sie den Endpunkt dann fort, und senden Sie noch einmal, was nicht ankam. Wir heben es 30 Tage auf. Alles das geht unter
${page}`,
    }),
  },
};

export function noticeText({ notice, endpoint, page }: NoticeAbout): NoticeText {
  const what = notice.kind === 'failing' ? 'failing' : notice.because === 'gone' ? 'gone' : 'off';
  // A query may hold a secret of the partner's.
  const { origin, pathname } = new URL(endpoint.url);
  const since = notice.failingSince?.toString({ smallestUnit: 'minute' }).replace('T', ' ').replace('Z', ' UTC') ?? '';
  return words[endpoint.contactLanguage ?? 'en'][what]({ address: `${origin}${pathname}`, since, page });
}
