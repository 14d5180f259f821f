import { CircleCheck, X } from 'lucide-react';
import { createContext, type ReactNode, useCallback, useContext, useMemo, useRef, useState } from 'react';
import { words } from '../words/words.ts';
import { IconButton } from './button.tsx';

interface ToastMessage {
  id: number;
  text: string;
  action?: { label: string; onPress: () => void };
}

type Announce = (text: string, action?: ToastMessage['action']) => void;

const ToastContext = createContext<Announce>(() => {});

/** Long enough to read and to undo. */
const shownMs = 8000;
const mostAtOnce = 3;

export function ToastProvider({ children }: { children: ReactNode }) {
  const [messages, setMessages] = useState<readonly ToastMessage[]>([]);
  const nextId = useRef(1);
  const remove = useCallback((id: number) => setMessages((all) => all.filter((message) => message.id !== id)), []);
  const announce = useCallback<Announce>(
    (text, action) => {
      const id = nextId.current++;
      setMessages((all) => [...all, { id, text, ...(action ? { action } : {}) }].slice(-mostAtOnce));
      setTimeout(() => remove(id), shownMs);
    },
    [remove],
  );
  return (
    <ToastContext value={useMemo(() => announce, [announce])}>
      {children}
      <output className="pointer-events-none fixed inset-x-16 z-(--z-toast) flex flex-col items-center gap-8 max-sm:bottom-[5.5rem] sm:bottom-24">
        {messages.map((message) => (
          <div
            key={message.id}
            className="enter pointer-events-auto flex w-full max-w-[28rem] items-center gap-12 rounded-card border border-subtle bg-raised py-4 ps-16 pe-4 shadow-overlay"
          >
            <CircleCheck size={20} strokeWidth={1.5} className="shrink-0 text-positive" aria-hidden />
            <span className="flex-1 py-8">{message.text}</span>
            {message.action && (
              <button
                type="button"
                className="min-h-control rounded-control px-8 font-medium text-accent hover:bg-accent-soft"
                onClick={() => {
                  message.action?.onPress();
                  remove(message.id);
                }}
              >
                {message.action.label}
              </button>
            )}
            <IconButton label={words.close} onClick={() => remove(message.id)}>
              <X size={16} strokeWidth={1.5} aria-hidden />
            </IconButton>
          </div>
        ))}
      </output>
    </ToastContext>
  );
}

/** Announces what is not visible elsewhere. Never errors of a form. */
export function useToast(): Announce {
  return useContext(ToastContext);
}
