// E-mail out: files in a folder (embedded shape) or an SMTP server.

import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { type Mail, type MailMessage, PortError } from '@plinth/runtime';
import nodemailer from 'nodemailer';

const sender = 'Northfold <no-reply@northfold.example>';

/** One `.eml` file a message, named by its key: the same key twice is one file. */
export function openFileMail(folder: string): Mail {
  return {
    async send(message) {
      checkHeaders(message);
      await mkdir(folder, { recursive: true });
      const file = path.join(folder, `${createHash('sha256').update(message.key).digest('hex').slice(0, 24)}.eml`);
      if (existsSync(file)) return;
      const text = [
        `From: ${sender}`,
        `To: ${message.to}`,
        `Subject: ${message.subject}`,
        'Content-Type: text/plain; charset=utf-8',
        '',
        message.text,
        '',
      ].join('\r\n');
      // Written whole, then given its name: a reader never sees half a message.
      await writeFile(`${file}.part`, text);
      await rename(`${file}.part`, file);
    },
    async close() {},
  };
}

/** An SMTP server by URL (`smtp://host:25`). */
export function openSmtpMail(url: string): Mail {
  const transport = nodemailer.createTransport(url);
  return {
    async send(message) {
      checkHeaders(message);
      try {
        await transport.sendMail({
          from: sender,
          to: message.to,
          subject: message.subject,
          text: message.text,
          ...(message.html ? { html: message.html } : {}),
          messageId: `<${createHash('sha256').update(message.key).digest('hex').slice(0, 32)}@northfold.example>`,
        });
      } catch (error) {
        throw new PortError('unavailable', `mail: ${(error as Error).message}`, error);
      }
    },
    async close() {
      transport.close();
    },
  };
}

/** A line break in a header would start another header. */
function checkHeaders(message: MailMessage): void {
  if (/[\r\n]/.test(message.to + message.subject))
    throw new PortError('refused', 'mail: a header value holds a line break');
}
