import {
  Badge,
  Button,
  InstantText,
  Link as Save,
  OperationButton,
  PageTitle,
  ProblemPanel,
  reading,
  ResourceState,
  Sheet,
  SkeletonRows,
  useStates,
  asProblem,
  useAct,
  View,
} from '@plinth/channels-ui';
import type { TicketDetail } from '@plinth/client/tickets';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useParams, useSearch } from '@tanstack/react-router';
import { ArrowLeft, UserRound } from 'lucide-react';
import { useState } from 'react';
import { useKey } from '../parts/keys.tsx';
import { useTickets } from '../parts/modules.ts';
import { CustomerPane } from '../people/customer-pane.tsx';
import { Composer } from './composer.tsx';
import { SlaClock } from './sla-clock.tsx';
import { Thread } from './thread.tsx';

export function TicketPage() {
  const { ticketId } = useParams({ from: '/queue/tickets/$ticketId' });
  const { show } = useSearch({ from: '/queue' });
  const { getTicket } = useTickets();
  const ticket = useQuery(reading(getTicket, { ticketId }));
  return (
    <div className="flex min-h-0 min-w-0 flex-1 flex-col">
      <Link
        to="/"
        search={show === undefined ? {} : { show }}
        className="flex min-h-control items-center gap-8 px-16 pt-8 text-muted lg:hidden"
      >
        <ArrowLeft size={16} strokeWidth={1.5} aria-hidden />
        Queue
      </Link>
      <View query={ticket} skeleton={<SkeletonRows rows={8} />}>
        {(found) => <Opened key={found.id} ticket={found} />}
      </View>
    </div>
  );
}

function Opened({ ticket }: { ticket: TicketDetail }) {
  const [isPaneOpen, setPaneOpen] = useState(false);
  const { customerId } = ticket;
  const pane = customerId === undefined ? undefined : <CustomerPane customerId={customerId} />;
  return (
    <div className="flex min-h-0 flex-1">
      <section aria-label="Request" className="flex min-h-0 min-w-0 flex-1 flex-col">
        <header className="border-b border-subtle px-16 pt-16 sm:px-24">
          <div className="flex flex-wrap items-center gap-8 text-13 text-muted">
            <span>{ticket.number}</span>
            <ResourceState capability="tickets" schema="Ticket" state={ticket.state} />
            <Badge tone={ticket.priority === 'P1' ? 'critical' : 'neutral'}>{ticket.priority}</Badge>
            <span>
              opened <InstantText instant={ticket.openedAt} />
            </span>
            <SlaClock ticket={ticket} />
            {ticket.assigneeName && <span>with {ticket.assigneeName}</span>}
          </div>
          <div className="mt-4 [&_h1]:text-20 [&>header]:mb-8">
            <PageTitle documentTitle={`${ticket.number} ${ticket.subject}`}>{ticket.subject}</PageTitle>
          </div>
          <Acts ticket={ticket}>
            {pane && (
              <span className="xl:hidden">
                <Button icon={<UserRound size={16} strokeWidth={1.5} aria-hidden />} onClick={() => setPaneOpen(true)}>
                  Customer
                </Button>
              </span>
            )}
          </Acts>
        </header>
        <Attachments ticket={ticket} />
        <Thread entries={ticket.entries} />
        {ticket.state === 'closed' ? (
          <p className="border-t border-subtle p-16 text-muted">This request is closed.</p>
        ) : (
          <Composer ticketId={ticket.id} />
        )}
      </section>
      {pane && (
        <aside
          aria-label="Customer"
          className="w-[22.5rem] shrink-0 overflow-y-auto border-s border-subtle bg-panel max-xl:hidden"
        >
          {pane}
        </aside>
      )}
      {pane && isPaneOpen && (
        <Sheet open title="Customer" onClose={() => setPaneOpen(false)}>
          <div className="-mx-16">{pane}</div>
        </Sheet>
      )}
    </div>
  );
}

/** To be saved: what people send is never shown as a page. */
function Attachments({ ticket }: { ticket: TicketDetail }) {
  if (ticket.attachments.length === 0) return null;
  return (
    <ul
      aria-label="Attachments"
      className="flex flex-wrap gap-x-16 gap-y-4 border-b border-subtle px-16 py-8 text-13 sm:px-24"
    >
      {ticket.attachments.map(({ id, name, author }) => (
        <li key={id}>
          <Save href={`/tickets/v1/tickets/${ticket.id}/attachments/${id}`} download={name}>
            {name}
          </Save>{' '}
          <span className="text-muted">from {author}</span>
        </li>
      ))}
    </ul>
  );
}

/** What the contract allows in this state, and nothing else. */
function Acts({ ticket, children }: { ticket: TicketDetail; children: React.ReactNode }) {
  const { assignTicket, resolveTicket, reopenTicket } = useTickets();
  const states = useStates('tickets', 'Ticket');
  const queries = useQueryClient();
  const assign = useAct(assignTicket);
  const canDo = (by: string): boolean =>
    states?.moves.some((move) => move.by === by && move.from.includes(ticket.state)) ?? false;
  const refresh = (): void => void queries.invalidateQueries({ queryKey: ['tickets'] });
  const take = (): void => {
    if (canDo('assignTicket') && !assign.isPending)
      assign.mutate({ ticketId: ticket.id, body: { assignee: 'me' } }, { onSuccess: refresh });
  };
  useKey('e', take);
  return (
    <>
      <div className="flex flex-wrap items-start gap-8 pb-12">
        {canDo('assignTicket') && (
          <Button busy={assign.isPending} onClick={take}>
            Take it
          </Button>
        )}
        {canDo('resolveTicket') && (
          <OperationButton
            label="Solve request"
            confirm={{
              title: 'Solve this request?',
              facts: [
                { term: 'Request', value: ticket.number },
                { term: 'About', value: ticket.subject },
              ],
              warning: 'The customer is told, and can say that it is not solved.',
              keep: 'Keep it open',
            }}
            run={(key) => resolveTicket({ ticketId: ticket.id, body: {} }, { key })}
            onDone={refresh}
          />
        )}
        {canDo('reopenTicket') && (
          <OperationButton
            label="Open it again"
            run={(key) => reopenTicket({ ticketId: ticket.id }, { key })}
            onDone={refresh}
          />
        )}
        {ticket.conversationId && (
          <Link
            to="/conversations/$conversationId"
            params={{ conversationId: ticket.conversationId }}
            className="inline-flex min-h-control items-center px-8 text-accent underline underline-offset-4"
          >
            Open the chat
          </Link>
        )}
        {children}
      </div>
      {assign.error && <ProblemPanel problem={asProblem(assign.error)} onRetry={take} />}
    </>
  );
}
