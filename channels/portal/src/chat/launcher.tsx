import { topLinkClass } from '@plinth/channels-ui';
import { MessageCircleQuestion } from 'lucide-react';
import { lazy, Suspense } from 'react';
import { setChatOpen, useChatOpen } from './open.ts';

const ChatPanel = lazy(async () => ({ default: (await import('./panel.tsx')).ChatPanel }));

/** On every page, at the same place. The conversation itself is fetched when it is opened for the first time. */
export function ChatLauncher() {
  const isOpen = useChatOpen();
  if (isOpen)
    return (
      <Suspense fallback={null}>
        <ChatPanel onClose={() => setChatOpen(false)} />
      </Suspense>
    );
  return (
    <button
      type="button"
      onClick={() => setChatOpen(true)}
      className="fixed end-24 bottom-24 z-(--z-sticky) inline-flex min-h-control items-center gap-8 rounded-control border border-control bg-raised px-12 text-14 font-medium shadow-overlay hover:bg-sunken max-md:hidden"
    >
      <MessageCircleQuestion size={20} strokeWidth={1.5} aria-hidden />
      Ask us
    </button>
  );
}

/** The same on phones: in the top bar, where it covers nothing. */
export function ChatTopButton() {
  return (
    <button type="button" onClick={() => setChatOpen(true)} className={`${topLinkClass} gap-8 md:hidden`}>
      <MessageCircleQuestion size={20} strokeWidth={1.5} aria-hidden />
      Ask us
    </button>
  );
}
