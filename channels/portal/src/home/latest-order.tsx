import { InstantText, linkClass, MoneyText, Panel, reading, StateTrack, View, Skeleton } from '@plinth/channels-ui';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useOrders } from '../parts/modules.ts';

export function LatestOrder() {
  const { listOrders } = useOrders();
  const orders = useQuery(reading(listOrders, { limit: 1 }));
  return (
    <View
      framed
      query={orders}
      skeleton={
        <Panel>
          <Skeleton className="h-24 w-[50%]" />
          <Skeleton className="mt-16 h-24 w-[80%]" />
        </Panel>
      }
      isEmpty={(page) => page.items.length === 0}
      empty={null}
    >
      {({ items: [order] }) =>
        order && (
          <Panel
            title={`Order ${order.number}`}
            aside={
              <Link to="/orders/$orderId" params={{ orderId: order.id }} className={linkClass}>
                Follow
              </Link>
            }
          >
            <p className="mb-12 text-14 text-muted">
              <InstantText instant={order.placedAt} /> · <MoneyText money={order.total} />
            </p>
            <StateTrack capability="orders" schema="Order" state={order.state} />
          </Panel>
        )
      }
    </View>
  );
}
