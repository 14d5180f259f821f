import { asProblem, Button, Field, FileInput, InstantText, Link, ProblemPanel, useAct } from '@plinth/channels-ui';
import type { Attachment, TicketDetail } from '@plinth/client/tickets';
import { useQueryClient } from '@tanstack/react-query';
import { type SyntheticEvent, useState } from 'react';
import { useTickets } from '../parts/modules.ts';

const accepted = 'image/jpeg,image/png,image/webp,application/pdf';

/** What was attached to a request, to be saved; and one more. */
export function RequestFiles({ ticket }: { ticket: TicketDetail }) {
  return (
    <>
      {ticket.attachments.length > 0 && (
        <ul aria-label="Photos and papers" className="flex flex-col gap-8">
          {ticket.attachments.map((attachment) => (
            <li key={attachment.id}>
              <Link href={addressOf(ticket, attachment)} download={attachment.name}>
                {attachment.name}
              </Link>{' '}
              <span className="text-muted">
                from {attachment.kind === 'customer' ? 'you' : attachment.author},{' '}
                <InstantText instant={attachment.at} />
              </span>
            </li>
          ))}
        </ul>
      )}
      {ticket.state !== 'closed' && <Attach key={ticket.attachments.length} ticketId={ticket.id} />}
    </>
  );
}

function addressOf({ id }: TicketDetail, attachment: Attachment): string {
  return `/tickets/v1/tickets/${id}/attachments/${attachment.id}`;
}

/** A new one after each file, so that nothing stays chosen. */
function Attach({ ticketId }: { ticketId: string }) {
  const { addTicketAttachment } = useTickets();
  const queries = useQueryClient();
  const attach = useAct(addTicketAttachment);
  const [file, setFile] = useState<File>();
  const [isMissing, setMissing] = useState(false);
  const send = (event: SyntheticEvent): void => {
    event.preventDefault();
    setMissing(file === undefined);
    if (file === undefined) return;
    attach.mutate(
      { ticketId, body: { file } },
      { onSuccess: () => void queries.invalidateQueries({ queryKey: ['tickets'] }) },
    );
  };
  return (
    <form onSubmit={send} noValidate className="flex flex-col gap-16">
      <Field
        label="Photo or paper"
        hint="JPEG, PNG, WebP or PDF, at most 10 MiB."
        error={isMissing ? 'Choose a photo or paper' : undefined}
      >
        {(control) => (
          <FileInput {...control} accept={accepted} onChange={(event) => setFile(event.target.files?.[0])} />
        )}
      </Field>
      {attach.error && (
        <div className="rounded-card border border-critical">
          <ProblemPanel problem={asProblem(attach.error)} />
        </div>
      )}
      <div>
        <Button type="submit" busy={attach.isPending}>
          Attach
        </Button>
      </div>
    </form>
  );
}
