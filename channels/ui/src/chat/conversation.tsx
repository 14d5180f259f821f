import type { PlinthProblem } from '@plinth/client';
import { LifeBuoy, RotateCcw, SendHorizontal } from 'lucide-react';
import { type ReactNode, type SyntheticEvent, useEffect, useLayoutEffect, useRef, useState } from 'react';
import { cx } from '../cx.ts';
import { formatClock } from '../format/instant.ts';
import { InstantText } from '../format/parts.tsx';
import { Button, IconButton } from '../primitives/button.tsx';
import { words } from '../words/words.ts';
import { MessagePart, type PartProps } from './message-part.tsx';
import { type ChatMessage, type ChatTurn, spoken } from './parts.ts';

export type ChatControl = 'assistant' | 'waiting' | 'staff' | 'ended';

export interface ConversationProps {
  messages: readonly ChatMessage[];
  control: ChatControl;
  /** What the person said and the server has not answered yet. */
  pending?: { text: string; problem?: PlinthProblem | undefined; onRetry: () => void } | undefined;
  /** The other side is at work. */
  isBusy: boolean;
  onTurn: (turn: ChatTurn) => void;
  onValues: PartProps['onValues'];
  onOutcome?: PartProps['onOutcome'];
  /** Offered at all times, until a person is there. */
  onHandover?: (() => void) | undefined;
  /** Unsent text is kept under this key across reloads. */
  draftKey: string;
  /** Under the input: privacy, export. */
  footer?: ReactNode;
}

/**
 * A thread with the assistant or a person. Messages arrive whole; the visible log is silent to readers and a hidden
 * polite region says each finished message once; the focus stays in the box.
 */
export function Conversation(props: ConversationProps) {
  const { messages, control, pending, isBusy } = props;
  const end = useRef<HTMLDivElement>(null);
  const latest = messages.at(-1);
  useLayoutEffect(() => {
    end.current?.scrollIntoView({ block: 'end' });
    // oxlint-disable-next-line react/exhaustive-effect-dependencies -- each of them changes what stands at the end.
  }, [latest?.id, pending?.text, isBusy]);
  return (
    <div className="flex min-h-0 flex-1 flex-col">
      <div
        role="log"
        aria-live="off"
        aria-label="Conversation"
        // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- what scrolls can be reached by keyboard.
        tabIndex={0}
        className="min-h-0 flex-1 overflow-y-auto px-16 py-16 focus-visible:-outline-offset-2"
      >
        <div className="flex flex-col gap-16">
          {messages.map((message) => (
            <Bubble
              key={message.id}
              message={message}
              {...props}
              isOpen={message === latest && control !== 'ended' && !pending}
            />
          ))}
          {pending && <PendingBubble {...pending} />}
          {isBusy && <Working control={control} />}
          <div ref={end} />
        </div>
      </div>
      <LatestSpoken messages={messages} />
      <Composer {...props} />
    </div>
  );
}

function Bubble({ message, isOpen, ...rest }: { message: ChatMessage; isOpen: boolean } & ConversationProps) {
  if (message.author === 'system')
    return (
      <div className="flex flex-col items-center text-14 text-muted">
        {message.parts.map((part, index) => (
          // oxlint-disable-next-line react/no-array-index-key -- parts of a sent message never change.
          <MessagePart key={index} part={part} isOpen={false} {...rest} />
        ))}
      </div>
    );
  const isOwn = message.author === 'customer';
  const hasBubble = (kind: string): boolean => kind === 'text' || isOwn;
  return (
    <div className={cx('flex flex-col gap-4', isOwn ? 'items-end' : 'items-start')}>
      {!isOwn && (
        <p className="text-13 text-muted">
          {message.author === 'staff' ? `${message.name ?? 'Support'}, a person` : 'Assistant'} ·{' '}
          <InstantText instant={message.at} />
        </p>
      )}
      {message.parts.map((part, index) => (
        <div
          // oxlint-disable-next-line react/no-array-index-key -- parts of a sent message never change.
          key={index}
          className={cx(
            'flex max-w-[88%] min-w-0 flex-col empty:hidden',
            hasBubble(part.kind) ? 'rounded-card px-12 py-8' : 'w-full max-w-full',
            hasBubble(part.kind) && (isOwn ? 'bg-accent-soft' : 'bg-sunken'),
          )}
        >
          <MessagePart part={part} isOpen={isOpen} {...rest} />
        </div>
      ))}
    </div>
  );
}

function PendingBubble({ text, problem, onRetry }: NonNullable<ConversationProps['pending']>) {
  return (
    <div className="flex flex-col items-end gap-4">
      <div className="max-w-[88%] rounded-card bg-accent-soft px-12 py-8">{text}</div>
      {problem ? (
        <div role="alert" className="flex flex-wrap items-center justify-end gap-8 text-14 text-critical">
          <span>{problem.detail || problem.title}</span>
          <Button icon={<RotateCcw size={16} strokeWidth={1.5} aria-hidden />} onClick={onRetry}>
            {words.tryAgain}
          </Button>
        </div>
      ) : (
        <span className="text-13 text-muted">Sending</span>
      )}
    </div>
  );
}

function Working({ control }: { control: ChatControl }) {
  return (
    <p className="flex items-center gap-8 text-14 text-muted">
      <span className="flex gap-4" aria-hidden>
        <span className="shimmer size-8 rounded-pill bg-line-control" />
        <span className="shimmer size-8 rounded-pill bg-line-control [animation-delay:160ms]" />
        <span className="shimmer size-8 rounded-pill bg-line-control [animation-delay:320ms]" />
      </span>
      {control === 'assistant' ? 'Looking that up' : 'Sending'}
    </p>
  );
}

/** Says each message of the other side once, when it is whole; what was there before is not said again. */
function LatestSpoken({ messages }: { messages: readonly ChatMessage[] }) {
  const [said, setSaid] = useState('');
  const known = useRef<number>(undefined);
  useEffect(() => {
    const before = known.current;
    known.current = messages.at(-1)?.sequence ?? before;
    if (before === undefined) return;
    const fresh = messages.filter((message) => message.sequence > before && message.author !== 'customer');
    if (fresh.length > 0) setSaid(fresh.map(spoken).join('. '));
  }, [messages]);
  return <output className="sr-only">{said}</output>;
}

function Composer({ control, isBusy, onTurn, onHandover, draftKey, footer }: ConversationProps) {
  const [text, setText] = useState(() => draft(draftKey));
  const [isDue, setIsDue] = useState(false);
  const box = useRef<HTMLTextAreaElement>(null);
  useEffect(() => {
    box.current?.focus();
  }, []);
  const change = (typed: string): void => {
    setText(typed);
    setIsDue(false);
    draft(draftKey, typed);
  };
  const send = (event: SyntheticEvent): void => {
    event.preventDefault();
    if (text.trim() === '') return;
    // What is sent while an answer is on its way goes as soon as it is there.
    if (isBusy) return setIsDue(true);
    setIsDue(false);
    onTurn({ text: text.trim() });
    change('');
    box.current?.focus();
  };
  useEffect(() => {
    if (isDue && !isBusy) box.current?.form?.requestSubmit();
  }, [isDue, isBusy]);
  if (control === 'ended')
    return <p className="border-t border-subtle p-16 text-muted">This conversation has ended.</p>;
  return (
    <form onSubmit={send} className="border-t border-subtle p-12">
      <div className="flex items-end gap-8">
        <textarea
          ref={box}
          rows={1}
          aria-label="Message"
          placeholder={control === 'assistant' ? 'Ask or tell us what to do' : 'Write a message'}
          value={text}
          maxLength={2000}
          onChange={(event) => change(event.target.value)}
          onKeyDown={(event) => {
            if (event.key === 'Enter' && !event.shiftKey && !event.nativeEvent.isComposing) send(event);
          }}
          className="field-sizing-content max-h-[8rem] min-h-control w-full flex-1 resize-none rounded-control border border-control bg-panel px-12 py-8"
        />
        <IconButton
          type="submit"
          label="Send"
          disabled={text.trim() === ''}
          className="bg-fill-accent text-on-accent hover:bg-fill-accent-hover hover:text-on-accent disabled:bg-sunken disabled:text-muted"
        >
          <SendHorizontal size={20} strokeWidth={1.5} aria-hidden />
        </IconButton>
      </div>
      <div className="mt-4 flex flex-wrap items-center justify-between gap-8 text-14">
        {onHandover && control === 'assistant' ? (
          <button
            type="button"
            onClick={onHandover}
            className="inline-flex min-h-control items-center gap-8 rounded-control text-accent hover:underline"
          >
            <LifeBuoy size={16} strokeWidth={1.5} aria-hidden />
            Talk to a person
          </button>
        ) : (
          <span className="text-muted">{control === 'waiting' ? 'A person has been asked to join' : ''}</span>
        )}
        {footer}
      </div>
    </form>
  );
}

function draft(key: string, text?: string): string {
  try {
    if (text === undefined) return sessionStorage.getItem(`draft:${key}`) ?? '';
    sessionStorage.setItem(`draft:${key}`, text);
  } catch {
    // Storage is refused: the text lives as long as the page.
  }
  return text ?? '';
}

/** The thread as plain text, for the person to keep. */
export function transcript(messages: readonly ChatMessage[]): string {
  return messages
    .map((message) => `${formatClock(message.at)} ${message.name ?? message.author}: ${spoken(message)}`)
    .join('\n');
}
