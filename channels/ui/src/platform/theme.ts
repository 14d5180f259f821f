// Light, dark, or as the system says. Kept per browser.

import { useSyncExternalStore } from 'react';

export type Theme = 'system' | 'light' | 'dark';

const storageKey = 'theme';
const listeners = new Set<() => void>();

/** Puts the kept choice on the page; call before the first render. */
export function applyTheme(): void {
  const theme = currentTheme();
  if (theme === 'system') delete document.documentElement.dataset['theme'];
  else document.documentElement.dataset['theme'] = theme;
}

export function setTheme(theme: Theme): void {
  try {
    localStorage.setItem(storageKey, theme);
  } catch {
    // Storage is refused: the choice holds for this page.
  }
  document.documentElement.dataset['theme'] = theme;
  if (theme === 'system') delete document.documentElement.dataset['theme'];
  for (const listener of listeners) listener();
}

export function useTheme(): Theme {
  return useSyncExternalStore((listener) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  }, currentTheme);
}

function currentTheme(): Theme {
  const shown = document.documentElement.dataset['theme'];
  if (shown === 'light' || shown === 'dark') return shown;
  try {
    const kept = localStorage.getItem(storageKey);
    return kept === 'light' || kept === 'dark' ? kept : 'system';
  } catch {
    return 'system';
  }
}
