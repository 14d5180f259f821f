import {
  buttonClass,
  Empty,
  InstantText,
  MoneyText,
  PageTitle,
  Panel,
  ResourceState,
  RowList,
  SkeletonRows,
  View,
} from '@plinth/channels-ui';
import type { Order } from '@plinth/client/orders';
import { useInfiniteQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { ShoppingBag } from 'lucide-react';
import { useOrders } from '../parts/modules.ts';
import { MoreButton } from '../parts/more-button.tsx';
import { readingPages } from '../parts/pages.ts';

export function OrdersPage() {
  const { listOrders } = useOrders();
  const orders = useInfiniteQuery(readingPages(listOrders, { limit: 20 }));
  return (
    <>
      <PageTitle lead="Newest first. A change shows here as it happens.">Orders</PageTitle>
      <Panel flush>
        <View
          query={orders}
          skeleton={<SkeletonRows rows={8} />}
          isEmpty={(items) => items.length === 0}
          empty={
            <Empty
              icon={<ShoppingBag size={24} strokeWidth={1.5} aria-hidden />}
              title="No orders yet"
              text="What you buy stands here, with where it is and what you can still change."
              action={
                <Link to="/shop" className={buttonClass('primary')}>
                  Go to the shop
                </Link>
              }
            />
          }
        >
          {(items) => (
            <>
              <RowList
                label="Orders"
                entries={items.map((order) => ({
                  key: order.id,
                  title: goodsOf(order),
                  detail: (
                    <>
                      {order.number} · <InstantText instant={order.placedAt} />
                    </>
                  ),
                  value: (
                    <span className="flex flex-col items-end gap-4 sm:flex-row-reverse sm:items-center sm:gap-16">
                      <MoneyText money={order.total} className="sm:w-[7rem]" />
                      <ResourceState capability="orders" schema="Order" state={order.state} />
                    </span>
                  ),
                }))}
                renderLink={(entry, className, children) => (
                  <Link to="/orders/$orderId" params={{ orderId: entry.key }} className={className}>
                    {children}
                  </Link>
                )}
              />
              <MoreButton query={orders} />
            </>
          )}
        </View>
      </Panel>
    </>
  );
}

/** `Kettle, 1.7 l and 2 more`. */
export function goodsOf(order: Order): string {
  const [first, ...others] = order.lines;
  if (!first) return order.number;
  const rest = others.reduce((sum, line) => sum + line.quantity, 0) + first.quantity - 1;
  return rest > 0 ? `${first.name} and ${rest} more` : first.name;
}
