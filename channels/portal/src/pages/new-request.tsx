import {
  linkClass,
  OperationForm,
  PageTitle,
  Panel,
  SkeletonRows,
  useOperations,
  useToast,
  View,
} from '@plinth/channels-ui';
import type { Ticket } from '@plinth/client/tickets';
import { useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { useMemo } from 'react';

/** The contract's own form: subject and text, with the thing it is about filled in. */
export function NewRequestPage() {
  const { about } = useSearch({ from: '/requests/new' });
  const contracts = useOperations();
  const navigate = useNavigate();
  const queries = useQueryClient();
  const toast = useToast();
  // Signed in, we know how to reach them; the page they come from says what it is about.
  const preset = useMemo(() => ({ aboutRef: about, contact: undefined }), [about]);
  return (
    <>
      <PageTitle lead="Tell us what you need. You see at once by when we answer.">Ask for help</PageTitle>
      <div className="max-w-[40rem]">
        <Panel>
          <View query={contracts} skeleton={<SkeletonRows rows={3} />}>
            {(catalogue) => {
              const operation = catalogue.byKey('tickets.openTicket');
              if (!operation) return <p>Requests are not offered here.</p>;
              return (
                <OperationForm
                  operation={operation}
                  catalogue={catalogue}
                  audience="customer"
                  preset={preset}
                  submitLabel="Send request"
                  onDone={(answer) => {
                    const ticket = answer as Ticket;
                    void queries.invalidateQueries({ queryKey: ['tickets'] });
                    toast(`We have your request ${ticket.number}.`);
                    void navigate({ to: '/requests/$ticketId', params: { ticketId: ticket.id } });
                  }}
                />
              );
            }}
          </View>
        </Panel>
        {about === undefined && (
          <p className="mt-16 text-muted">
            Is it about an order?{' '}
            <Link to="/orders" className={linkClass}>
              Open the order
            </Link>{' '}
            and ask there: then we know which one.
          </p>
        )}
      </div>
    </>
  );
}
