import { cx, Empty, humanize, PageTitle, reading, SkeletonRows, View } from '@plinth/channels-ui';
import type { Ticket } from '@plinth/client/tickets';
import { useQuery } from '@tanstack/react-query';
import { Link, Outlet, useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { useKey } from '../parts/keys.tsx';
import { useTickets } from '../parts/modules.ts';
import { filters, filterWords, inputOf, isShown } from './filter.ts';
import { SlaClock } from './sla-clock.tsx';
import { byUrgency } from './sla.ts';

/** The queue at the start, the chosen request beside it; on narrow screens one of the two. */
export function QueuePage() {
  const { show = 'all' } = useSearch({ from: '/queue' });
  const { ticketId } = useParams({ strict: false });
  const navigate = useNavigate();
  const { listTickets } = useTickets();
  const found = useQuery({
    ...reading(listTickets, inputOf(show)),
    select: ({ items }) => items.filter((ticket) => isShown(show, ticket.state)).toSorted(byUrgency),
  });
  const tickets = found.data ?? [];
  const move = (by: number): void => {
    const at = tickets.findIndex((ticket) => ticket.id === ticketId);
    const next = tickets[Math.min(Math.max(at + by, 0), tickets.length - 1)];
    if (next) void navigate({ to: '/tickets/$ticketId', params: { ticketId: next.id }, search: { show } });
  };
  useKey('j', () => move(1));
  useKey('k', () => move(-1));
  return (
    <div className="flex h-full">
      <section
        aria-label="Queue"
        className={cx(
          'flex min-h-0 w-full shrink-0 flex-col border-subtle bg-panel lg:w-[20rem] lg:border-e',
          ticketId !== undefined && 'max-lg:hidden',
        )}
      >
        <div className={cx('px-16 pt-16', ticketId !== undefined && 'sr-only')}>
          <PageTitle documentTitle="Queue">Queue</PageTitle>
        </div>
        <nav aria-label="Show" className="flex flex-wrap gap-4 border-b border-subtle px-12 pb-8">
          {filters.map((filter) => (
            <Link
              key={filter}
              to={ticketId === undefined ? '/' : '/tickets/$ticketId'}
              params={{ ticketId: ticketId ?? '' }}
              search={{ show: filter }}
              aria-current={filter === show ? 'true' : undefined}
              className={cx(
                'inline-flex min-h-24 items-center rounded-pill px-8 text-13 font-medium no-underline',
                filter === show ? 'bg-accent-soft text-accent' : 'text-muted hover:bg-sunken hover:text-strong',
              )}
            >
              {filterWords[filter]}
            </Link>
          ))}
        </nav>
        <div className="min-h-0 flex-1 overflow-y-auto">
          <View
            query={found}
            skeleton={<SkeletonRows rows={8} />}
            isEmpty={(items) => items.length === 0}
            empty={
              <Empty
                title={show === 'all' ? 'Nobody waits' : `No requests under “${filterWords[show]}”`}
                text={
                  show === 'all'
                    ? 'New requests appear here by themselves, what is due first at the top.'
                    : 'Choose “Open” to see all that wait.'
                }
              />
            }
          >
            {(items) => (
              <ul aria-label="Requests" className="divide-y divide-subtle">
                {items.map((ticket) => (
                  <li key={ticket.id} className="border-subtle">
                    <Link
                      to="/tickets/$ticketId"
                      params={{ ticketId: ticket.id }}
                      search={{ show }}
                      aria-current={ticket.id === ticketId ? 'true' : undefined}
                      className={cx(
                        'block px-16 py-8 no-underline focus-visible:-outline-offset-2',
                        ticket.id === ticketId ? 'bg-accent-soft' : 'hover:bg-sunken',
                      )}
                    >
                      <Row ticket={ticket} />
                    </Link>
                  </li>
                ))}
              </ul>
            )}
          </View>
        </div>
      </section>
      <Outlet />
    </div>
  );
}

function Row({ ticket }: { ticket: Ticket }) {
  return (
    <>
      <span className="block font-medium">{ticket.subject}</span>
      <span className="mt-2 flex items-baseline justify-between gap-12 text-13 text-muted">
        <span className="min-w-0">
          {ticket.number} · {humanize(ticket.channel)}
          {ticket.assigneeName && ` · ${ticket.assigneeName}`}
        </span>
        <SlaClock ticket={ticket} />
      </span>
    </>
  );
}
