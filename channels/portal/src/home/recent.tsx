import { Empty, InstantText, Panel, reading, RowList, SkeletonRows, View } from '@plinth/channels-ui';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useCustomers } from '../parts/modules.ts';
import { pageOf } from '../parts/place.ts';

/** What happened last, in all channels. */
export function Recent() {
  const { listTimeline } = useCustomers();
  const timeline = useQuery(reading(listTimeline, { customerId: 'me', limit: 8 }));
  return (
    <Panel title="Recent" flush>
      <View
        query={timeline}
        skeleton={<SkeletonRows rows={6} />}
        isEmpty={(page) => page.items.length === 0}
        empty={
          <Empty
            title="Nothing happened yet"
            text="Payments, orders and answers to your requests will stand here, latest first."
          />
        }
      >
        {(page) => (
          <RowList
            label="Recent"
            entries={page.items.map((entry) => ({
              key: entry.id,
              title: entry.title,
              detail: <InstantText instant={entry.at} />,
            }))}
            renderLink={(entry, className, children) => {
              const place = pageOf(page.items.find((item) => item.id === entry.key)?.subject ?? '');
              return place ? (
                <Link {...place} className={className}>
                  {children}
                </Link>
              ) : (
                <div className={className.replace('hover:bg-sunken', '')}>{children}</div>
              );
            }}
          />
        )}
      </View>
    </Panel>
  );
}
