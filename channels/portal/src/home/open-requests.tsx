import { formatInstant, Panel, reading, ResourceState, RowList, View } from '@plinth/channels-ui';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useTickets } from '../parts/modules.ts';

const over = new Set(['resolved', 'closed']);

/** Requests that wait for somebody; nothing when none does. */
export function OpenRequests() {
  const { listTickets } = useTickets();
  const tickets = useQuery(reading(listTickets, { limit: 10 }));
  const open = tickets.data?.items.filter((ticket) => !over.has(ticket.state)).slice(0, 3) ?? [];
  if (!tickets.isError && open.length === 0) return null;
  return (
    <Panel title="Your requests" flush>
      <View query={tickets} skeleton={null}>
        {() => (
          <RowList
            label="Open requests"
            entries={open.map((ticket) => ({
              key: ticket.id,
              title: ticket.subject,
              detail: ticket.firstReplyAt
                ? `Request ${ticket.number}`
                : `Answer promised by ${formatInstant(ticket.dueAt, Date.now())}`,
              value: <ResourceState capability="tickets" schema="Ticket" state={ticket.state} />,
            }))}
            renderLink={(entry, className, children) => (
              <Link to="/requests/$ticketId" params={{ ticketId: entry.key }} className={className}>
                {children}
              </Link>
            )}
          />
        )}
      </View>
    </Panel>
  );
}
