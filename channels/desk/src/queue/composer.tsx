import { asProblem, Button, cx, ProblemPanel, Textarea, useAct } from '@plinth/channels-ui';
import { useQueryClient } from '@tanstack/react-query';
import { type KeyboardEvent, useRef, useState } from 'react';
import { useKey } from '../parts/keys.tsx';
import { useTickets } from '../parts/modules.ts';

type Kind = 'answer' | 'note';

const labels: Readonly<Record<Kind, string>> = { answer: 'Answer to the customer', note: 'Internal note' };
const mostLetters = 4000;

/** An answer or an internal note. What is not sent yet survives leaving the page. */
export function Composer({ ticketId }: { ticketId: string }) {
  const { replyToTicket, addTicketNote } = useTickets();
  const queries = useQueryClient();
  const [kind, setKind] = useState<Kind>('answer');
  const [text, setText] = useState(() => sessionStorage.getItem(`draft ${ticketId}`) ?? '');
  const [isMissing, setMissing] = useState(false);
  const box = useRef<HTMLTextAreaElement>(null);
  const reply = useAct(replyToTicket);
  const note = useAct(addTicketNote);
  const act = kind === 'answer' ? reply : note;
  const write = (value: string): void => {
    setText(value);
    setMissing(false);
    sessionStorage.setItem(`draft ${ticketId}`, value);
  };
  const choose = (next: Kind): void => {
    setKind(next);
    box.current?.focus();
  };
  useKey('r', () => choose('answer'));
  useKey('n', () => choose('note'));
  const send = (): void => {
    const words = text.trim();
    setMissing(words === '');
    if (words === '' || act.isPending) return;
    act.mutate(
      { ticketId, body: { text: words } },
      {
        onSuccess: () => {
          write('');
          void queries.invalidateQueries({ queryKey: ['tickets'] });
        },
      },
    );
  };
  const listen = (event: KeyboardEvent): void => {
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) send();
    if (event.key === 'Escape') box.current?.blur();
  };
  return (
    <div className="border-t border-subtle bg-panel px-16 py-12 sm:px-24">
      <fieldset className="mb-8 flex gap-16">
        <legend className="sr-only">What you write</legend>
        {(['answer', 'note'] as const).map((each) => (
          <button
            key={each}
            type="button"
            aria-pressed={each === kind}
            onClick={() => choose(each)}
            className={cx(
              'min-h-24 border-b-2 font-medium',
              each === kind ? 'border-accent text-strong' : 'border-transparent text-muted hover:text-strong',
            )}
          >
            {each === 'answer' ? 'Answer' : 'Internal note'}
          </button>
        ))}
      </fieldset>
      <Textarea
        ref={box}
        aria-label={labels[kind]}
        aria-invalid={isMissing || undefined}
        rows={3}
        maxLength={mostLetters}
        value={text}
        className={cx('min-h-[4.5rem]', kind === 'note' && 'bg-caution-soft')}
        onChange={(event) => write(event.target.value)}
        onKeyDown={listen}
      />
      {isMissing && (
        <p role="alert" className="mt-4 text-13 font-medium text-critical">
          {kind === 'answer' ? 'Write what the customer should read.' : 'Write the note.'}
        </p>
      )}
      {act.error && (
        <div className="mt-8 rounded-card border border-critical">
          <ProblemPanel problem={asProblem(act.error)} onRetry={send} />
        </div>
      )}
      <div className="mt-8 flex flex-wrap items-center justify-between gap-12">
        <span className="text-13 text-muted">
          {kind === 'answer' ? 'The customer reads it at once.' : 'Customers never see it.'}
        </span>
        <Button variant="primary" busy={act.isPending} onClick={send}>
          {kind === 'answer' ? 'Send answer' : 'Add note'}
        </Button>
      </div>
    </div>
  );
}
