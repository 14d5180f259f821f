import {
  Badge,
  Empty,
  humanize,
  InstantText,
  PageTitle,
  Panel,
  reading,
  RowList,
  SkeletonRows,
  View,
} from '@plinth/channels-ui';
import type { Conversation } from '@plinth/client/assistant';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { MessagesSquare } from 'lucide-react';
import { useAssistant } from '../parts/modules.ts';

const parts: readonly { control: Conversation['control']; title: string; empty: string }[] = [
  {
    control: 'waiting',
    title: 'Waiting for a person',
    empty: 'Nobody waits. Who asks for a person appears here at once.',
  },
  { control: 'staff', title: 'With one of us', empty: 'No conversation is held by a person now.' },
  { control: 'assistant', title: 'With the assistant', empty: 'The assistant talks with nobody now.' },
];

export function ConversationsPage() {
  return (
    <>
      <PageTitle lead="Chats of customers. Take one over, and the assistant is silent until you give it back.">
        Conversations
      </PageTitle>
      <div className="grid max-w-[60rem] gap-24">
        {parts.map((part) => (
          <Part key={part.control} {...part} />
        ))}
      </div>
    </>
  );
}

function Part({ control, title, empty }: (typeof parts)[number]) {
  const { listConversations } = useAssistant();
  const found = useQuery(reading(listConversations, { control, limit: 50 }));
  return (
    <Panel title={title} flush>
      <View
        query={found}
        skeleton={<SkeletonRows rows={2} />}
        isEmpty={({ items }) => items.length === 0}
        empty={<Empty icon={<MessagesSquare size={24} strokeWidth={1.5} aria-hidden />} title="None" text={empty} />}
      >
        {({ items }) => (
          <RowList
            label={title}
            entries={items.map((conversation) => ({
              key: conversation.id,
              title: conversation.lastText === '' ? 'Nothing said yet' : conversation.lastText,
              detail: (
                <>
                  {humanize(conversation.channel)} · since <InstantText instant={conversation.startedAt} />
                  {conversation.staffName && ` · ${conversation.staffName}`}
                </>
              ),
              value: control === 'waiting' && <Badge tone="caution">Waiting</Badge>,
            }))}
            renderLink={(entry, className, children) => (
              <Link to="/conversations/$conversationId" params={{ conversationId: entry.key }} className={className}>
                {children}
              </Link>
            )}
          />
        )}
      </View>
    </Panel>
  );
}
