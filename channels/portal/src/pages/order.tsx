import {
  buttonClass,
  DescriptionList,
  type Description,
  formatMoney,
  formatPoints,
  InstantText,
  MoneyText,
  OperationButton,
  PageTitle,
  Panel,
  reading,
  SkeletonRows,
  StateTrack,
  Table,
  useStates,
  useToast,
  View,
} from '@plinth/channels-ui';
import type { Order } from '@plinth/client/orders';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { useOrders } from '../parts/modules.ts';
import { goodsOf } from './orders.tsx';

export function OrderPage() {
  const { orderId } = useParams({ from: '/orders/$orderId' });
  const { getOrder } = useOrders();
  const order = useQuery(reading(getOrder, { orderId }));
  return (
    <View
      framed
      query={order}
      skeleton={
        <Panel flush>
          <SkeletonRows rows={5} />
        </Panel>
      }
    >
      {(found) => <Details order={found} />}
    </View>
  );
}

/** What happens next, by state; said by the page because the contract has only names for states. */
const nextByState: Readonly<Record<Order['state'], string>> = {
  received: 'We are checking stock and payment. This takes a few seconds.',
  placed: 'We are packing it. You hear from us when it leaves.',
  fulfilled: 'It is on its way to you.',
  rejected: 'It was not placed and nothing was charged.',
  cancelling: 'We are giving back the goods, the money and the points.',
  cancelled: 'It will not be sent. Money and points are back.',
};

/** Why it was not placed, in words; a reason we have no words for is told by the state alone. */
const refusals: Readonly<Record<string, string>> = {
  'out-of-stock': 'It was sold out. Nothing was charged.',
  'payment-declined': 'Your bank did not accept the payment. Nothing was charged.',
  'points-insufficient': 'There were not enough points. Nothing was charged.',
};

function whatNext(order: Order): string {
  const reason = order.rejectedBecause ?? '';
  if (reason.includes(' ')) return reason;
  return refusals[reason.split('.').at(-1) ?? ''] ?? nextByState[order.state];
}

function Details({ order }: { order: Order }) {
  return (
    <>
      <PageTitle
        documentTitle={`Order ${order.number}`}
        lead={
          <>
            {order.number} · ordered <InstantText instant={order.placedAt} />
          </>
        }
      >
        {goodsOf(order)}
      </PageTitle>
      <div className="grid items-start gap-24 md:grid-cols-[minmax(0,1.6fr)_minmax(0,1fr)]">
        <div className="grid gap-24">
          <Panel>
            <StateTrack capability="orders" schema="Order" state={order.state} />
            <p className="measure mt-16">{whatNext(order)}</p>
            <div className="mt-16 flex flex-wrap items-start gap-12">
              <CancelOrder order={order} />
              <Link to="/requests/new" search={{ about: order.id }} className={buttonClass('quiet')}>
                Help with this order
              </Link>
            </div>
          </Panel>
          <Panel title="Goods" flush>
            <Lines order={order} />
          </Panel>
        </div>
        <Panel title="Payment">
          <DescriptionList figures entries={payment(order)} />
        </Panel>
      </div>
    </>
  );
}

function Lines({ order }: { order: Order }) {
  return (
    <Table
      caption="Goods of this order"
      columns={[
        { id: 'name', title: 'Article', renderCell: (line) => line.name },
        { id: 'quantity', title: 'How many', numeric: true, renderCell: (line) => line.quantity },
        {
          id: 'price',
          title: 'Each',
          numeric: true,
          wideOnly: true,
          renderCell: (line) => <MoneyText money={line.unitPrice} />,
        },
        { id: 'total', title: 'Total', numeric: true, renderCell: (line) => <MoneyText money={line.total} /> },
      ]}
      rows={order.lines}
      keyOf={(line) => line.sku}
    />
  );
}

function payment(order: Order): Description[] {
  const entries: Description[] = [
    { term: 'Total', value: <MoneyText money={order.total} className="font-semibold" /> },
  ];
  if (order.pointsSpent > 0 && order.state !== 'rejected')
    entries.push({ term: 'Paid with points', value: formatPoints(order.pointsSpent) });
  if (order.state === 'rejected') entries.push({ term: 'Paid by card', value: 'Nothing' });
  else entries.push({ term: 'Paid by card', value: <MoneyText money={order.paidByCard} /> });
  if (order.carrier) entries.push({ term: 'Sent with', value: order.carrier });
  if (order.trackingCode)
    entries.push({ term: 'Tracking code', value: <code className="font-mono text-14">{order.trackingCode}</code> });
  return entries;
}

/** Offered in the states the contract lets it be cancelled from. */
function CancelOrder({ order }: { order: Order }) {
  const { cancelOrder } = useOrders();
  const states = useStates('orders', 'Order');
  const queries = useQueryClient();
  const toast = useToast();
  const isAllowed = states?.moves.some((move) => move.by === 'cancelOrder' && move.from.includes(order.state)) ?? false;
  if (!isAllowed || order.state === 'cancelling') return null;
  const facts: Description[] = [
    { term: 'Order', value: order.number },
    { term: 'Goods', value: goodsOf(order) },
    { term: 'Back to your card', value: <MoneyText money={order.paidByCard} /> },
  ];
  if (order.pointsSpent > 0) facts.push({ term: 'Points back', value: formatPoints(order.pointsSpent) });
  return (
    <OperationButton
      label={`Cancel order ${order.number}`}
      variant="critical"
      confirm={{
        title: `Cancel order ${order.number}?`,
        facts,
        warning: 'A cancelled order cannot be brought back. You can order the same goods again.',
        keep: 'Keep the order',
      }}
      run={async (key) => cancelOrder({ orderId: order.id, body: {} }, { key })}
      onDone={(answer) => {
        const { refund } = answer as { refund: { amount: number; currency: string } };
        toast(`Order ${order.number} is cancelled. ${formatMoney(refund)} goes back to your card.`);
        for (const capability of ['orders', 'loyalty', 'customers', 'accounts'])
          void queries.invalidateQueries({ queryKey: [capability] });
      }}
    />
  );
}
