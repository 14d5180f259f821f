import {
  buttonClass,
  Empty,
  InstantText,
  PageTitle,
  Panel,
  ResourceState,
  RowList,
  SkeletonRows,
  View,
} from '@plinth/channels-ui';
import { useInfiniteQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { LifeBuoy } from 'lucide-react';
import { useTickets } from '../parts/modules.ts';
import { MoreButton } from '../parts/more-button.tsx';
import { readingPages } from '../parts/pages.ts';

export function RequestsPage() {
  const { listTickets } = useTickets();
  const tickets = useInfiniteQuery(readingPages(listTickets, { limit: 20 }));
  const ask = (
    <Link to="/requests/new" className={buttonClass('primary')}>
      Ask for help
    </Link>
  );
  return (
    <>
      <PageTitle
        aside={ask}
        lead="What you asked us, and what we answered. For quick questions there is the assistant."
      >
        Your requests
      </PageTitle>
      <Panel flush>
        <View
          query={tickets}
          skeleton={<SkeletonRows rows={5} />}
          isEmpty={(items) => items.length === 0}
          empty={
            <Empty
              icon={<LifeBuoy size={24} strokeWidth={1.5} aria-hidden />}
              title="No requests"
              text="When you ask us something, the answer comes here, and you see by when."
            />
          }
        >
          {(items) => (
            <>
              <RowList
                label="Requests"
                entries={items.map((ticket) => ({
                  key: ticket.id,
                  title: ticket.subject,
                  detail: (
                    <>
                      {ticket.number} · <InstantText instant={ticket.openedAt} />
                    </>
                  ),
                  value: <ResourceState capability="tickets" schema="Ticket" state={ticket.state} />,
                }))}
                renderLink={(entry, className, children) => (
                  <Link to="/requests/$ticketId" params={{ ticketId: entry.key }} className={className}>
                    {children}
                  </Link>
                )}
              />
              <MoreButton query={tickets} />
            </>
          )}
        </View>
      </Panel>
    </>
  );
}
