// Laws of the Mail port.

import assert from 'node:assert/strict';
import { type Mail, type MailMessage, PortError } from '@plinth/runtime';
import type { Law } from '../law.ts';

export interface MailUnderTest {
  open(): Promise<Mail>;
  /** What the transport has taken, headers and text, decoded. */
  taken(): Promise<{ to: string; subject: string; text: string }[]>;
  /** A transport that cannot take anything; absent = nothing can be made to fail. */
  openBroken?(): Promise<Mail>;
  /** The adapter can tell that two messages are the same (`key`). */
  tellsTwins: boolean;
}

const message: MailMessage = {
  to: 'ada@example.com',
  subject: 'Your order is on its way – thank you',
  text: 'Grüße from Northfold\n.\nThis line follows a lone full stop.',
  key: 'law-1',
};

/** Numbered as in runtime/src/ports/mail.ts. */
export function mailLaws(subject: () => MailUnderTest): Law[] {
  return [
    {
      name: '1. the transport has taken a message when send resolves, whole and in its own words',
      async check() {
        const mail = await subject().open();
        await mail.send(message);
        const taken = await subject().taken();
        await mail.close();
        const found = taken.find(({ subject }) => subject === message.subject);
        assert.ok(found, `no message with that subject among: ${taken.map(({ subject }) => subject).join(', ')}`);
        assert.match(found.to, /ada@example\.com/);
        assert.equal(found.text.replaceAll('\r\n', '\n').trim(), message.text);
      },
    },
    {
      name: '1. send rejects with PortError when the transport takes nothing',
      async check() {
        const mail = await subject().openBroken?.();
        if (!mail) return;
        await assert.rejects(mail.send({ ...message, key: 'law-broken' }), (error) => error instanceof PortError);
        await mail.close();
      },
    },
    {
      name: '2. header values with line breaks are refused and never sent',
      async check() {
        const mail = await subject().open();
        const before = (await subject().taken()).length;
        const evil = [
          { ...message, key: 'law-2a', to: 'ada@example.com\r\nBcc: eve@example.com' },
          { ...message, key: 'law-2b', subject: 'Hello\nBcc: eve@example.com' },
          { ...message, key: 'law-2c', to: 'ada@example.com\rBcc: eve@example.com' },
        ];
        for (const each of evil)
          await assert.rejects(mail.send(each), (error) => error instanceof PortError && error.failure === 'refused');
        await mail.close();
        assert.equal((await subject().taken()).length, before);
      },
    },
    {
      name: 'the same key twice is one message, where the adapter can tell',
      async check() {
        if (!subject().tellsTwins) return;
        const mail = await subject().open();
        await mail.send({ ...message, key: 'law-twin' });
        const before = (await subject().taken()).length;
        await mail.send({ ...message, key: 'law-twin' });
        await mail.close();
        assert.equal((await subject().taken()).length, before);
      },
    },
  ];
}
