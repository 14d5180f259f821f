import {
  asProblem,
  Button,
  Field,
  InstantText,
  PageTitle,
  Panel,
  ProblemPanel,
  reading,
  ResourceState,
  SkeletonRows,
  Textarea,
  Timeline,
  useAct,
  useStates,
  View,
} from '@plinth/channels-ui';
import type { Entry, TicketDetail } from '@plinth/client/tickets';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { type SyntheticEvent, useState } from 'react';
import { useTickets } from '../parts/modules.ts';
import { RequestFiles } from './request-files.tsx';

export function RequestPage() {
  const { ticketId } = useParams({ from: '/requests/$ticketId' });
  const { getTicket } = useTickets();
  const ticket = useQuery(reading(getTicket, { ticketId }));
  return (
    <View
      framed
      query={ticket}
      skeleton={
        <Panel flush>
          <SkeletonRows rows={5} />
        </Panel>
      }
    >
      {(found) => <Thread ticket={found} />}
    </View>
  );
}

function Thread({ ticket }: { ticket: TicketDetail }) {
  const waits = ticket.firstReplyAt === undefined && ['new', 'open'].includes(ticket.state);
  return (
    <>
      <PageTitle
        documentTitle={`Request ${ticket.number}`}
        lead={
          <>
            {ticket.number} · asked <InstantText instant={ticket.openedAt} />
          </>
        }
        aside={<ResourceState capability="tickets" schema="Ticket" state={ticket.state} />}
      >
        {ticket.subject}
      </PageTitle>
      <div className="grid max-w-[48rem] gap-24">
        {waits && (
          <p className="rounded-card bg-info-soft p-16">
            You get an answer by <InstantText instant={ticket.dueAt} className="font-semibold" />. It comes here and to
            your messages.
          </p>
        )}
        <Panel>
          <Timeline
            label="What was said"
            items={ticket.entries
              .filter((entry) => entry.kind !== 'note')
              .map((entry) => ({
                key: entry.id,
                title: speakerOf(entry),
                at: <InstantText instant={entry.at} />,
                text: <p className="whitespace-pre-line">{entry.text}</p>,
              }))}
          />
        </Panel>
        <RequestFiles ticket={ticket} />
        {ticket.state === 'closed' ? <p className="text-muted">This request is closed.</p> : <Answer ticket={ticket} />}
      </div>
    </>
  );
}

function speakerOf(entry: Entry): string {
  if (entry.kind === 'customer') return 'You';
  if (entry.kind === 'assistant') return 'Assistant (software)';
  return entry.kind === 'system' ? 'Northfold' : entry.author;
}

function Answer({ ticket }: { ticket: TicketDetail }) {
  const { replyToTicket, reopenTicket } = useTickets();
  const states = useStates('tickets', 'Ticket');
  const queries = useQueryClient();
  const [text, setText] = useState('');
  const [isMissing, setMissing] = useState(false);
  const reply = useAct(replyToTicket);
  const reopen = useAct(reopenTicket);
  const refresh = (): void => void queries.invalidateQueries({ queryKey: ['tickets'] });
  const canReopen =
    states?.moves.some((move) => move.by === 'reopenTicket' && move.from.includes(ticket.state)) ?? false;
  const send = (event: SyntheticEvent): void => {
    event.preventDefault();
    const isEmpty = text.trim() === '';
    setMissing(isEmpty);
    if (isEmpty) return;
    reply.mutate(
      { ticketId: ticket.id, body: { text: text.trim() } },
      {
        onSuccess: () => {
          setText('');
          refresh();
        },
      },
    );
  };
  const failure = reply.error ?? reopen.error;
  return (
    <form onSubmit={send} noValidate className="flex flex-col gap-16">
      <Field label="Your answer" error={isMissing ? 'Enter what you want to tell us' : undefined}>
        {(control) => (
          <Textarea {...control} value={text} maxLength={4000} onChange={(event) => setText(event.target.value)} />
        )}
      </Field>
      {failure && (
        <div className="rounded-card border border-critical">
          <ProblemPanel problem={asProblem(failure)} />
        </div>
      )}
      <div className="flex flex-wrap gap-12">
        <Button type="submit" variant="primary" busy={reply.isPending}>
          Send answer
        </Button>
        {canReopen && (
          <Button
            busy={reopen.isPending}
            onClick={() => reopen.mutate({ ticketId: ticket.id }, { onSuccess: refresh })}
          >
            It is not solved
          </Button>
        )}
      </div>
    </form>
  );
}
