import { formatMoney, type PlinthEvent, type ReactionContext, type WireMoney } from '@plinth/runtime';
import { deliver } from '../message.ts';

interface Notice {
  title: string;
  text: string;
  link: string;
}

/** Facts a customer wants to hear of without looking. */
export async function tellCustomer(event: PlinthEvent, ctx: ReactionContext): Promise<void> {
  if (event.customerId === undefined) return;
  const notice = noticeOf(event);
  if (notice) await deliver(ctx, { customerId: event.customerId, kind: 'service', dedupeKey: event.id, ...notice });
}

export function noticeOf(event: PlinthEvent): Notice | undefined {
  const data = event.data as {
    number?: string;
    total?: WireMoney;
    paidByCard?: WireMoney;
    author?: string;
    text?: string;
  };
  switch (event.type) {
    case 'order.placed':
      return {
        title: `Order ${data.number} is placed`,
        text: `We are packing it. Total ${data.total ? formatMoney(data.total) : ''}.`,
        link: `/portal/orders/${event.subject}`,
      };
    case 'order.fulfilled':
      return {
        title: `Order ${data.number} is on its way`,
        text: 'It was handed to the carrier.',
        link: `/portal/orders/${event.subject}`,
      };
    case 'order.cancelled':
      return {
        title: `Order ${data.number} is cancelled`,
        text: `You get ${data.paidByCard ? formatMoney(data.paidByCard) : 'your money'} back.`,
        link: `/portal/orders/${event.subject}`,
      };
    case 'ticket.replied':
      return {
        title: `${data.author ?? 'Support'} answered your request`,
        text: data.text ?? '',
        link: `/portal/tickets/${event.subject}`,
      };
    default:
      return undefined;
  }
}
