// The generated client modules the portal's own pages use.

import { useModule } from '@plinth/channels-ui';
import { createAssistant } from '@plinth/client/assistant';
import { createCatalogue } from '@plinth/client/catalogue';
import { createCustomers } from '@plinth/client/customers';
import { createLoyalty } from '@plinth/client/loyalty';
import { createNotifications } from '@plinth/client/notifications';
import { createOrders } from '@plinth/client/orders';
import { createPersonalization } from '@plinth/client/personalization';
import { createTickets } from '@plinth/client/tickets';

export const useAssistant = () => useModule(createAssistant);
export const useCatalogue = () => useModule(createCatalogue);
export const useCustomers = () => useModule(createCustomers);
export const useLoyalty = () => useModule(createLoyalty);
export const useNotifications = () => useModule(createNotifications);
export const useOrders = () => useModule(createOrders);
export const usePersonalization = () => useModule(createPersonalization);
export const useTickets = () => useModule(createTickets);
