import { MessageCircleQuestion } from 'lucide-react';
import { lazy, Suspense, useState } from 'react';

const ChatPanel = lazy(async () => ({ default: (await import('./panel.tsx')).ChatPanel }));

/** On every page, at the same place. The conversation itself is fetched when it is opened for the first time. */
export function ChatLauncher() {
  const [isOpen, setOpen] = useState(() => sessionStorage.getItem('chat') === 'open');
  const set = (open: boolean): void => {
    sessionStorage.setItem('chat', open ? 'open' : 'closed');
    setOpen(open);
  };
  if (isOpen)
    return (
      <Suspense fallback={null}>
        <ChatPanel onClose={() => set(false)} />
      </Suspense>
    );
  return (
    <button
      type="button"
      onClick={() => set(true)}
      className="fixed end-16 bottom-[calc(4.5rem+env(safe-area-inset-bottom))] z-(--z-sticky) inline-flex min-h-control items-center gap-8 rounded-control border border-control bg-raised px-12 text-14 font-medium shadow-overlay hover:bg-sunken md:end-24 md:bottom-24"
    >
      <MessageCircleQuestion size={20} strokeWidth={1.5} aria-hidden />
      Ask us
    </button>
  );
}
