import {
  asProblem,
  Button,
  buttonClass,
  Field,
  InstantText,
  PageTitle,
  Panel,
  ProblemPanel,
  reading,
  ResourceState,
  RowList,
  SkeletonRows,
  Textarea,
  useAct,
  View,
} from '@plinth/channels-ui';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { type SyntheticEvent, useState } from 'react';
import { useCustomers, useTickets } from '../parts/modules.ts';
import { Happened, Money, Orders, Who } from './customer-pane.tsx';
import { NextAction } from './next-action.tsx';

export function CustomerPage() {
  const { customerId } = useParams({ from: '/customers/$customerId' });
  const { getCustomer } = useCustomers();
  const customer = useQuery(reading(getCustomer, { customerId }));
  return (
    <View
      framed
      query={customer}
      skeleton={
        <Panel flush>
          <SkeletonRows rows={6} />
        </Panel>
      }
    >
      {(found) => (
        <>
          <PageTitle
            lead={`${found.number} · ${found.email}`}
            aside={
              <Link to="/services" search={{ customer: customerId }} className={buttonClass()}>
                Do something for them
              </Link>
            }
          >
            {`${found.givenName} ${found.familyName}`}
          </PageTitle>
          <div className="grid items-start gap-24 xl:grid-cols-2">
            <div className="grid gap-24">
              <NextAction customerId={customerId} />
              <Panel flush>
                <Who customerId={customerId} />
              </Panel>
              <Requests customerId={customerId} />
              <Panel flush>
                <Orders customerId={customerId} />
                <Money customerId={customerId} />
              </Panel>
            </div>
            <div className="grid gap-24">
              <Note customerId={customerId} />
              <Panel flush>
                <Happened customerId={customerId} />
              </Panel>
            </div>
          </div>
        </>
      )}
    </View>
  );
}

function Requests({ customerId }: { customerId: string }) {
  const { listTickets } = useTickets();
  const tickets = useQuery(reading(listTickets, { customerId, limit: 10 }));
  return (
    <Panel title="Requests" flush>
      <View
        query={tickets}
        skeleton={<SkeletonRows rows={2} />}
        isEmpty={({ items }) => items.length === 0}
        empty={<p className="p-16 text-muted">They asked nothing so far.</p>}
      >
        {({ items }) => (
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
              <Link to="/tickets/$ticketId" params={{ ticketId: entry.key }} className={className}>
                {children}
              </Link>
            )}
          />
        )}
      </View>
    </Panel>
  );
}

function Note({ customerId }: { customerId: string }) {
  const { addNote } = useCustomers();
  const queries = useQueryClient();
  const add = useAct(addNote);
  const [text, setText] = useState('');
  const [isMissing, setMissing] = useState(false);
  const send = (event: SyntheticEvent): void => {
    event.preventDefault();
    setMissing(text.trim() === '');
    if (text.trim() === '') return;
    add.mutate(
      { customerId, body: { text: text.trim() } },
      {
        onSuccess: () => {
          setText('');
          void queries.invalidateQueries({ queryKey: ['customers'] });
        },
      },
    );
  };
  return (
    <Panel title="Add a note">
      <form noValidate onSubmit={send} className="grid justify-items-start gap-12">
        <Field
          label="Note"
          hint="For the desk only. It stands in what happened."
          error={isMissing ? 'Write the note.' : undefined}
          className="w-full"
        >
          {(control) => (
            <Textarea {...control} maxLength={2000} value={text} onChange={(event) => setText(event.target.value)} />
          )}
        </Field>
        {add.error && <ProblemPanel problem={asProblem(add.error)} />}
        <Button type="submit" busy={add.isPending}>
          Add note
        </Button>
      </form>
    </Panel>
  );
}
