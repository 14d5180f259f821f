// Whether the chat is open. On wide screens it stays open over pages and reloads; on phones, where it covers the page,
// it is opened anew.

import { useSyncExternalStore } from 'react';

const key = 'chat';
const listeners = new Set<() => void>();
const isWide = (): boolean => matchMedia('(min-width: 42rem)').matches;

let isOpen = kept();

export function setChatOpen(open: boolean): void {
  isOpen = open;
  try {
    sessionStorage.setItem(key, open ? 'open' : 'closed');
  } catch {
    // Storage is refused: it holds for this page.
  }
  for (const listener of listeners) listener();
}

export function useChatOpen(): boolean {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => isOpen,
  );
}

function kept(): boolean {
  try {
    return sessionStorage.getItem(key) === 'open' && isWide();
  } catch {
    return false;
  }
}
