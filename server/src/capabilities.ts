// What this platform can do: the one list of capabilities. Each is replaceable by a mock or an adapter without a change
// in any channel.

import { accounts } from '@plinth/capabilities/accounts';
import { type AssistantPorts, createAssistant } from '@plinth/capabilities/assistant';
import { catalogue } from '@plinth/capabilities/catalogue';
import { customers } from '@plinth/capabilities/customers';
import { inventory } from '@plinth/capabilities/inventory';
import { loyalty } from '@plinth/capabilities/loyalty';
import { notifications } from '@plinth/capabilities/notifications';
import { orders } from '@plinth/capabilities/orders';
import { partners } from '@plinth/capabilities/partners';
import { createPayments, payments, upstreamProvider } from '@plinth/capabilities/payments';
import { personalization } from '@plinth/capabilities/personalization';
import { tickets } from '@plinth/capabilities/tickets';
import { workflows } from '@plinth/capabilities/workflows';
import type { Contract } from '@plinth/contract';
import type { AddressCheck, Capability, Mail } from '@plinth/runtime';
import { ConfigError } from './config-error.ts';

export interface CapabilityPorts {
  assistant: AssistantPorts;
  mail: Mail;
  /** Public address, without trailing slash: where mails lead to. */
  baseUrl: string;
  /** Who moves the money of payments. */
  paymentProvider?: 'simulator' | 'upstream';
  /** Those in force. */
  contracts: () => readonly Contract[];
  /** Of the guarded client that webhooks leave by. */
  checkAddress: AddressCheck;
}

/** In the order their worlds are seeded. */
export function allCapabilities(ports: CapabilityPorts): Capability[] {
  const business = [
    customers,
    catalogue,
    orders,
    inventory,
    ports.paymentProvider === 'upstream' ? createPayments(upstreamProvider) : payments,
    loyalty,
    accounts,
    tickets,
    notifications(ports.mail),
    personalization(),
    partners(ports),
    createAssistant(ports.assistant),
  ];
  return [...business, workflows(business)];
}

/** Some of them by name, with all that they call. Throws ConfigError. */
export function chosen(all: readonly Capability[], names: readonly string[]): readonly Capability[] {
  const known = all.map(({ name }) => name);
  const odd = names.find((name) => !known.includes(name));
  if (odd !== undefined)
    throw new ConfigError(
      'only',
      `There is no capability ${odd || 'without a name'}`,
      `Use some of ${known.join(', ')}.`,
    );
  const some = all.filter(({ name }) => names.includes(name));
  for (const { name, calls = [] } of some) {
    const missing = calls.find((key) => !names.includes(key.split('.', 1)[0] ?? ''));
    if (missing !== undefined)
      throw new ConfigError(
        'only',
        `${name} calls ${missing}, which would not be there`,
        `Add ${missing.split('.', 1)[0] ?? ''} to --only.`,
      );
  }
  return some;
}
