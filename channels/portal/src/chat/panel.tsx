import {
  asProblem,
  type ChatMessage,
  type ChatTurn,
  Conversation,
  IconButton,
  ProblemPanel,
  SkeletonRows,
  transcript,
  usePlinth,
  View,
} from '@plinth/channels-ui';
import type { ConversationDetail } from '@plinth/client/assistant';
import type { DecidedItem } from '@plinth/client/personalization';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { Minus } from 'lucide-react';
import { useState } from 'react';
import { useAssistant, usePersonalization } from '../parts/modules.ts';
import { placeOf } from '../parts/place.ts';

const kept = 'conversation';

/** The assistant over the page: the same conversation on every page and after a reload. */
export function ChatPanel({ onClose }: { onClose: () => void }) {
  const assistant = useAssistant();
  const { client } = usePlinth();
  const conversation = useQuery({
    queryKey: ['assistant', 'conversation'],
    queryFn: async ({ signal }): Promise<ConversationDetail> => {
      const known = sessionStorage.getItem(kept);
      if (known !== null) {
        const found = await client.safe<ConversationDetail>(
          assistant.getConversation.descriptor,
          { conversationId: known },
          { signal },
        );
        if (found.ok && found.value.control !== 'ended') return found.value;
        if (!found.ok && found.problem.status !== 404) throw found.problem;
      }
      const started = await assistant.startConversation({ body: aboutThisPage() }, { signal });
      sessionStorage.setItem(kept, started.id);
      return started;
    },
  });
  const title =
    conversation.data?.staffName && conversation.data.control === 'staff'
      ? conversation.data.staffName
      : 'Northfold assistant';
  return (
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions -- Escape closes from everywhere inside.
    <section
      aria-label="Assistant"
      onKeyDown={(event) => event.key === 'Escape' && onClose()}
      className="enter-panel fixed inset-0 z-(--z-overlay) flex flex-col bg-panel sm:inset-auto sm:end-24 sm:bottom-24 sm:h-[min(40rem,calc(100dvh-6rem))] sm:w-[24rem] sm:overflow-clip sm:rounded-dialog sm:border sm:border-subtle sm:bg-raised sm:shadow-overlay"
    >
      <header className="flex min-h-[3.5rem] items-center justify-between gap-16 border-b border-subtle ps-16 pe-8">
        <h2 className="font-semibold">
          {title}
          <span className="font-regular text-muted">
            {' '}
            · {conversation.data?.control === 'staff' ? 'a person' : 'software'}
          </span>
        </h2>
        <IconButton label="Close the assistant" onClick={onClose}>
          <Minus size={20} strokeWidth={1.5} aria-hidden />
        </IconButton>
      </header>
      <View query={conversation} skeleton={<SkeletonRows rows={3} />}>
        {(found) => <Thread conversation={found} />}
      </View>
    </section>
  );
}

function Thread({ conversation }: { conversation: ConversationDetail }) {
  const assistant = useAssistant();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const { recordOutcome } = usePersonalization();
  const [pending, setPending] = useState<{ turn: ChatTurn; key: string; problem?: ReturnType<typeof asProblem> }>();
  const [handoverProblem, setHandoverProblem] = useState<ReturnType<typeof asProblem>>();
  const merge = (messages: readonly ChatMessage[], control: ConversationDetail['control']): void => {
    queries.setQueryData<ConversationDetail>(['assistant', 'conversation'], (before) => {
      if (!before) return before;
      const byId = new Map(
        [...before.messages, ...(messages as ConversationDetail['messages'])].map((message) => [message.id, message]),
      );
      return {
        ...before,
        control,
        messages: [...byId.values()].toSorted((left, right) => left.sequence - right.sequence),
      };
    });
  };
  const post = async (turn: ChatTurn, key: string): Promise<void> => {
    const { messages, control } = await assistant.sendTurn(
      { conversationId: conversation.id, body: bodyOf(turn) },
      { key },
    );
    merge(messages, control);
  };
  // The key belongs to the turn: sending it again after a lost answer says it once.
  const send = async (turn: ChatTurn, key: string = crypto.randomUUID()): Promise<void> => {
    setPending({ turn, key });
    try {
      await post(turn, key);
      setPending(undefined);
    } catch (error) {
      setPending({ turn, key, problem: asProblem(error) });
    }
  };
  return (
    <>
      <Conversation
        messages={conversation.messages}
        control={conversation.control}
        isBusy={pending !== undefined && pending.problem === undefined}
        pending={
          pending && {
            text: wordsOf(pending.turn),
            problem: pending.problem,
            onRetry: () => void send(pending.turn, pending.key),
          }
        }
        onTurn={(turn) => void send(turn)}
        onValues={async (values) => post({ values }, crypto.randomUUID())}
        onHandover={() => {
          setHandoverProblem(undefined);
          assistant
            .requestHandover({ conversationId: conversation.id })
            .then((detail) => queries.setQueryData(['assistant', 'conversation'], detail))
            .catch((error: unknown) => setHandoverProblem(asProblem(error)));
        }}
        onOutcome={(decisionId, item, kind) => {
          const decided = item as unknown as DecidedItem;
          void recordOutcome.safe({ decisionId, body: { actionId: decided.actionId, kind } });
          const place = kind === 'accepted' ? placeOf(decided, decisionId) : undefined;
          if (place) void navigate(place);
        }}
        draftKey="chat"
        footer={
          <button
            type="button"
            onClick={() => download(transcript(conversation.messages))}
            className="min-h-control rounded-control px-8 text-muted hover:text-strong hover:underline"
          >
            Save a copy
          </button>
        }
      />
      {handoverProblem && <ProblemPanel problem={handoverProblem} />}
    </>
  );
}

/** A choice is sent as its value, its words are only for the screen. */
function bodyOf(turn: ChatTurn) {
  if (turn.confirmation) return { confirmation: turn.confirmation };
  if (turn.choice !== undefined) return { choice: turn.choice };
  if (turn.values) return { values: turn.values };
  return { text: turn.text ?? '' };
}

function wordsOf(turn: ChatTurn): string {
  if (turn.confirmation) return turn.confirmation.accept ? 'Yes' : 'No';
  return turn.text ?? turn.choice ?? 'Sent';
}

/** Id of the thing the page shows, so that “it” means something. */
function aboutThisPage(): { about?: string } {
  const id = /\/([a-z]{2,4}_[0-9a-z]{26})$/.exec(location.pathname)?.[1];
  return id === undefined ? {} : { about: id };
}

function download(text: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([text], { type: 'text/plain' }));
  link.download = 'conversation.txt';
  link.click();
  URL.revokeObjectURL(link.href);
}
