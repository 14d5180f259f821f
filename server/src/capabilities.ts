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
