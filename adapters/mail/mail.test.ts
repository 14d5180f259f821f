import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import type { Mail } from '@plinth/runtime';
import { mailLaws, type MailUnderTest } from '@plinth/testing';
import { SMTPServer } from 'smtp-server';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openFileMail, openSmtpMail } from './index.ts';

const folder = mkdtempSync(path.join(os.tmpdir(), 'plinth-mail-'));
const outbox = path.join(folder, 'outbox');
const received: string[] = [];
const server = new SMTPServer({
  authOptional: true,
  disabledCommands: ['STARTTLS'],
  onData(stream, _session, done) {
    let text = '';
    stream.on('data', (chunk: Buffer) => (text += chunk.toString()));
    stream.on('end', () => {
      received.push(text);
      done();
    });
  },
});
let smtpUrl = '';

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  smtpUrl = `smtp://127.0.0.1:${(server.server.address() as AddressInfo).port}`;
});
afterAll(async () => {
  await new Promise<void>((resolve) => server.close(() => resolve()));
  rmSync(folder, { recursive: true, force: true });
});

/** Quoted-printable and encoded words of RFC 2045 and 2047, as far as these messages need. */
const quoted = (text: string): string =>
  Buffer.from(
    text
      .replaceAll(/=\r?\n/g, '')
      .replaceAll(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(parseInt(hex, 16))),
    'latin1',
  ).toString();
const words = (text: string): string =>
  text
    .replaceAll(/\?=\s+=\?/g, '?==?')
    .replaceAll(/=\?utf-8\?Q\?(.*?)\?=/gi, (_, body: string) => quoted(body.replaceAll('_', ' ')))
    .replaceAll(/=\?utf-8\?B\?(.*?)\?=/gi, (_, body: string) => Buffer.from(body, 'base64').toString());

function parsed(raw: string): { to: string; subject: string; text: string } {
  const at = raw.indexOf('\r\n\r\n');
  const headers = raw.slice(0, at).replaceAll(/\r\n\s+/g, ' ');
  const header = (name: string): string => words(new RegExp(`^${name}: (.*)$`, 'im').exec(headers)?.[1] ?? '').trim();
  const body = raw.slice(at + 4);
  const encoding = header('Content-Transfer-Encoding');
  const text =
    encoding === 'base64'
      ? Buffer.from(body, 'base64').toString()
      : encoding === 'quoted-printable'
        ? quoted(body)
        : body;
  return { to: header('To'), subject: header('Subject'), text };
}

const files: MailUnderTest = {
  open: async () => openFileMail(outbox),
  taken: async () => readdirOr(outbox).map((file) => parsed(readFileSync(path.join(outbox, file), 'utf8'))),
  async openBroken() {
    const inTheWay = path.join(folder, 'a-file');
    writeFileSync(inTheWay, '');
    return openFileMail(path.join(inTheWay, 'outbox'));
  },
  tellsTwins: true,
};

const smtp: MailUnderTest = {
  open: async () => openSmtpMail(smtpUrl),
  taken: async () => received.map(parsed),
  openBroken: async () => openSmtpMail('smtp://127.0.0.1:1'),
  tellsTwins: false,
};

function readdirOr(place: string): string[] {
  try {
    return readdirSync(place);
  } catch {
    return [];
  }
}

describe.each([
  ['files', files],
  ['SMTP', smtp],
] as const)('mail as %s keeps the laws of the Mail port', (_name, subject) => {
  it.each(mailLaws(() => subject))('$name', async ({ check }) => {
    await expect(check()).resolves.toBeUndefined();
  });

  it('refuses a recipient that is a list', async () => {
    const mail: Mail = await subject.open();
    await expect(
      mail.send({ to: 'ada@example.com, eve@example.com', subject: 'Hello', text: 'Hi', key: 'list' }),
    ).rejects.toMatchObject({ failure: 'refused' });
    await mail.close();
  });
});
