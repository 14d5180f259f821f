// E-mail out: files in a folder (embedded shape) or an SMTP server.

import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { type Mail, type MailMessage, PortError } from '@plinth/runtime';
import { createTransport } from 'nodemailer';

const sender = 'Northfold <no-reply@northfold.example>';

/** One `.eml` file a message, named by its key: the same key twice is one file. Any mail program opens it. */
export function openFileMail(folder: string): Mail {
  const composer = createTransport({ streamTransport: true, buffer: true, newline: 'windows' });
  return {
    async send(message) {
      checkHeaders(message);
      const file = path.join(folder, `${markOf(message)}.eml`);
      const draft = `${file}.${process.pid}.part`;
      try {
        await mkdir(folder, { recursive: true });
        if (existsSync(file)) return;
        const { message: text } = await composer.sendMail(composed(message));
        // Written whole, then given its name: a reader never sees half a message.
        await writeFile(draft, text as Buffer);
        await rename(draft, file);
      } catch (error) {
        throw failureOf(error);
      }
    },
    async close() {
      composer.close();
    },
  };
}

/** An SMTP server by URL (`smtp://host:25`). It cannot tell twins, but readers can: same key, same Message-ID. */
export function openSmtpMail(url: string): Mail {
  const transport = createTransport({ url, connectionTimeout: 5000, greetingTimeout: 5000, socketTimeout: 15_000 });
  return {
    async send(message) {
      checkHeaders(message);
      try {
        await transport.sendMail(composed(message));
      } catch (error) {
        throw failureOf(error);
      }
    },
    async close() {
      transport.close();
    },
  };
}

function composed(message: MailMessage): {
  from: string;
  to: { name: string; address: string };
  subject: string;
  text: string;
  html?: string;
  messageId: string;
} {
  return {
    from: sender,
    // One address, whatever it holds: a comma must not make it two.
    to: { name: '', address: message.to },
    subject: message.subject,
    text: message.text,
    ...(message.html ? { html: message.html } : {}),
    messageId: `<${markOf(message)}@northfold.example>`,
  };
}

function markOf({ key }: MailMessage): string {
  return createHash('sha256').update(key).digest('hex').slice(0, 32);
}

/** A line break in a header would start another header. */
function checkHeaders(message: MailMessage): void {
  if (/[\r\n]/.test(message.to + message.subject))
    throw new PortError('refused', 'mail: a header value holds a line break');
  if (!/^[^\s@,;<>]+@[^\s@,;<>]+$/.test(message.to))
    throw new PortError('refused', 'mail: the recipient is not one address');
}

/** 5yz of SMTP = never; the rest passes. */
function failureOf(error: unknown): PortError {
  const { code, responseCode, message } = error as { code?: string; responseCode?: number; message?: string };
  const isFinal = (responseCode ?? 0) >= 500 || code === 'EENVELOPE';
  const failure = code === 'ENOSPC' ? 'full' : isFinal ? 'refused' : 'unavailable';
  return new PortError(failure, `mail: ${message ?? 'it was not taken'}`, error);
}
