import {
  Button,
  Empty,
  InstantText,
  linkClass,
  PageTitle,
  Panel,
  SkeletonRows,
  useAct,
  View,
} from '@plinth/channels-ui';
import type { Message } from '@plinth/client/notifications';
import { useInfiniteQuery, useQueryClient } from '@tanstack/react-query';
import { Mail } from 'lucide-react';
import { useNotifications } from '../parts/modules.ts';
import { MoreButton } from '../parts/more-button.tsx';
import { readingPages } from '../parts/pages.ts';

export function MessagesPage() {
  const { listInbox } = useNotifications();
  const inbox = useInfiniteQuery(readingPages(listInbox, { limit: 20 }));
  return (
    <>
      <PageTitle lead="What we sent you. Answers to your requests come here too.">Messages</PageTitle>
      <Panel flush>
        <View
          query={inbox}
          skeleton={<SkeletonRows rows={5} />}
          isEmpty={(items) => items.length === 0}
          empty={
            <Empty
              icon={<Mail size={24} strokeWidth={1.5} aria-hidden />}
              title="No messages"
              text="When something happens with your orders, accounts or requests, we tell you here."
            />
          }
        >
          {(items) => (
            <>
              <ul aria-label="Messages" className="divide-y divide-subtle">
                {items.map((message) => (
                  <MessageRow key={message.id} message={message} />
                ))}
              </ul>
              <MoreButton query={inbox} />
            </>
          )}
        </View>
      </Panel>
    </>
  );
}

function MessageRow({ message }: { message: Message }) {
  const { markRead } = useNotifications();
  const queries = useQueryClient();
  const read = useAct(markRead);
  const isUnread = message.readAt === undefined;
  return (
    <li className="flex flex-wrap items-start gap-x-16 gap-y-8 p-16">
      <div className="min-w-0 flex-1 basis-[16rem]">
        <h2 className="flex items-center gap-8 font-semibold">
          {isUnread && <span className="size-8 shrink-0 rounded-pill bg-fill-accent" aria-hidden />}
          {message.title}
          {isUnread && <span className="sr-only"> (unread)</span>}
        </h2>
        <p className="measure">{message.text}</p>
        <p className="text-14 text-muted">
          <InstantText instant={message.sentAt} />
          {message.link?.startsWith('/') && (
            <>
              {' · '}
              <a href={message.link} className={linkClass}>
                See more
              </a>
            </>
          )}
        </p>
      </div>
      {isUnread && (
        <Button
          variant="quiet"
          busy={read.isPending}
          onClick={() =>
            read.mutate(
              { messageId: message.id },
              { onSuccess: () => void queries.invalidateQueries({ queryKey: ['notifications'] }) },
            )
          }
        >
          Mark as read
        </Button>
      )}
    </li>
  );
}
