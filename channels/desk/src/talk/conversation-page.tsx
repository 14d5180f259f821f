import {
  asProblem,
  Button,
  InstantText,
  linkClass,
  MessageParts,
  OperationButton,
  PageTitle,
  ProblemPanel,
  reading,
  ResourceState,
  SkeletonRows,
  Textarea,
  useAct,
  View,
  cx,
} from '@plinth/channels-ui';
import type { ConversationDetail, Message } from '@plinth/client/assistant';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { type KeyboardEvent, useLayoutEffect, useRef, useState } from 'react';
import { useAssistant } from '../parts/modules.ts';
import { CustomerPane } from '../people/customer-pane.tsx';

export function ConversationPage() {
  const { conversationId } = useParams({ from: '/conversations/$conversationId' });
  const { getConversation } = useAssistant();
  const conversation = useQuery(reading(getConversation, { conversationId }));
  return (
    <View framed query={conversation} skeleton={<SkeletonRows rows={8} />}>
      {(found) => <Opened key={found.id} conversation={found} />}
    </View>
  );
}

function Opened({ conversation }: { conversation: ConversationDetail }) {
  const { control, ticketId, staffName } = conversation;
  return (
    <div className="flex gap-24">
      <div className="min-w-0 flex-1">
        <PageTitle
          lead={
            <>
              since <InstantText instant={conversation.startedAt} />
              {staffName && control === 'staff' && ` · with ${staffName}`}
              {ticketId && (
                <>
                  {' · '}
                  <Link to="/tickets/$ticketId" params={{ ticketId }} className={linkClass}>
                    the request it became
                  </Link>
                </>
              )}
            </>
          }
          aside={<ResourceState capability="assistant" schema="Conversation" state={control} />}
        >
          Conversation
        </PageTitle>
        <Messages messages={conversation.messages} />
        <Answering conversation={conversation} />
      </div>
      <aside
        aria-label="Customer"
        className="w-[22.5rem] shrink-0 self-start rounded-card border border-subtle bg-panel max-xl:hidden"
      >
        <CustomerPane customerId={conversation.customerId} />
      </aside>
    </div>
  );
}

const authors: Readonly<Record<Message['author'], string>> = {
  customer: 'Customer',
  assistant: 'Assistant',
  staff: 'Us',
  system: 'Northfold',
};

function Messages({ messages }: { messages: readonly Message[] }) {
  const end = useRef<HTMLLIElement>(null);
  useLayoutEffect(() => {
    end.current?.scrollIntoView({ block: 'nearest' });
    // oxlint-disable-next-line react/exhaustive-effect-dependencies -- a new message is what moves the end.
  }, [messages.length]);
  return (
    <ol aria-label="What was said" className="flex max-w-[44rem] flex-col gap-12">
      {messages.map((message) => (
        <li
          key={message.id}
          className={cx(
            'rounded-card border px-12 py-8',
            message.author === 'customer' && 'border-subtle bg-panel',
            message.author === 'staff' && 'border-transparent bg-accent-soft',
            ['assistant', 'system'].includes(message.author) && 'border-transparent bg-sunken',
          )}
        >
          <p className="flex justify-between gap-16 text-13 text-muted">
            <span className="font-medium">{message.name ?? authors[message.author]}</span>
            <InstantText instant={message.at} />
          </p>
          <MessageParts parts={message.parts} />
        </li>
      ))}
      <li ref={end} aria-hidden />
    </ol>
  );
}

/** Taking over, answering and giving back, as the state of the conversation allows. */
function Answering({ conversation }: { conversation: ConversationDetail }) {
  const { takeControl, returnControl, sendStaffMessage } = useAssistant();
  const queries = useQueryClient();
  const [text, setText] = useState('');
  const send = useAct(sendStaffMessage);
  const { id: conversationId, control } = conversation;
  const refresh = (): void => void queries.invalidateQueries({ queryKey: ['assistant'] });
  if (control === 'ended') return <p className="mt-24 text-muted">This conversation has ended.</p>;
  if (control !== 'staff')
    return (
      <div className="mt-24">
        <OperationButton
          label="Take over"
          variant="primary"
          run={(key) => takeControl({ conversationId }, { key })}
          onDone={refresh}
        />
      </div>
    );
  const say = (): void => {
    const words = text.trim();
    if (words === '' || send.isPending) return;
    send.mutate(
      { conversationId, body: { text: words } },
      {
        onSuccess: () => {
          setText('');
          refresh();
        },
      },
    );
  };
  const listen = (event: KeyboardEvent): void => {
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) say();
  };
  return (
    <div className="sticky bottom-0 mt-24 max-w-[44rem] border-t border-subtle bg-page py-16">
      <Textarea
        aria-label="Message to the customer"
        rows={3}
        maxLength={4000}
        className="min-h-[4.5rem]"
        value={text}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={listen}
      />
      {send.error && <ProblemPanel problem={asProblem(send.error)} onRetry={say} />}
      <div className="mt-8 flex flex-wrap gap-12">
        <Button variant="primary" busy={send.isPending} onClick={say}>
          Send message
        </Button>
        <OperationButton
          label="Give back to the assistant"
          run={(key) => returnControl({ conversationId }, { key })}
          onDone={refresh}
        />
      </div>
    </div>
  );
}
