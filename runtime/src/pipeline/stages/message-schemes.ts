// How messages of other systems are believed, by the scheme their receiver names. What comes out is the messages of one
// request, each with an id that its signature covers.

import type { WebhookIn } from '@plinth/contract';
import { readAdyenItems } from '../../security/adyen-signature.ts';
import { isAdyenKey, isWebhookSecret } from '../../security/webhook-secrets.ts';
import { signatureFault, type SignatureFault } from '../../security/webhook-signature.ts';
import type { Exchange } from '../exchange.ts';
import { parseJsonBody } from './read-body.ts';

export interface BelievedMessage {
  /** The sender's; the same id is the same message. */
  id: string;
  /** What is kept of it. */
  body: Buffer;
  /** What it says; undefined = no JSON. Asked for once. */
  content(): { value: unknown } | undefined;
}

export type Believed = { messages: BelievedMessage[] } | { fault: SignatureFault };

export interface MessageScheme {
  /** Whether a text is a secret of this scheme. */
  isSecret(text: string): boolean;
  /** All messages of a request, or why it is not believed. */
  read(x: Exchange, by: { secrets: readonly string[]; nowS: number; toleranceS: number }): Believed;
}

const standard: MessageScheme = {
  isSecret: isWebhookSecret,
  read(x, by) {
    const { body = Buffer.alloc(0) } = x;
    const id = x.header('webhook-id');
    const signed = { timestamp: x.header('webhook-timestamp'), signature: x.header('webhook-signature'), body };
    const fault = signatureFault({ id, ...signed }, by);
    if (fault !== undefined) return { fault };
    const content = (): { value: unknown } | undefined => parsed(x);
    return { messages: [{ id: id as string, body, content }] };
  },
};

const adyen: MessageScheme = {
  isSecret: isAdyenKey,
  read(x, { secrets }) {
    const content = parsed(x);
    if (content === undefined) return { fault: 'malformed' };
    const read = readAdyenItems(content.value, secrets);
    if ('fault' in read) return read;
    const messages = read.items.map(({ id, item }) => ({
      id,
      body: Buffer.from(JSON.stringify(item)),
      content: () => ({ value: item }),
    }));
    return { messages };
  },
};

export const messageSchemes: Readonly<Record<WebhookIn['scheme'], MessageScheme>> = { standard, adyen };

function parsed(x: Exchange): { value: unknown } | undefined {
  const read = parseJsonBody(x);
  return 'value' in read ? read : undefined;
}
