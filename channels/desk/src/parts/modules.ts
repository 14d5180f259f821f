// The generated client modules the desk's own pages use.

import { useModule } from '@plinth/channels-ui';
import { createAccounts } from '@plinth/client/accounts';
import { createAssistant } from '@plinth/client/assistant';
import { createCustomers } from '@plinth/client/customers';
import { createLoyalty } from '@plinth/client/loyalty';
import { createOrders } from '@plinth/client/orders';
import { createPersonalization } from '@plinth/client/personalization';
import { createTickets } from '@plinth/client/tickets';

export const useAccounts = () => useModule(createAccounts);
export const useAssistant = () => useModule(createAssistant);
export const useCustomers = () => useModule(createCustomers);
export const useLoyalty = () => useModule(createLoyalty);
export const useOrders = () => useModule(createOrders);
export const usePersonalization = () => useModule(createPersonalization);
export const useTickets = () => useModule(createTickets);
