import { StrictMode } from 'react';
import type { ReactNode } from 'react';
import { createRoot } from 'react-dom/client';
import { PlinthProvider, type PlinthProviderProps } from './plinth.tsx';
import { applyTheme } from './theme.ts';

/** Starts an app in `#root`. */
export function mountApp(app: {
  name: string;
  channel: string;
  content: ReactNode;
  nextHref?: PlinthProviderProps['nextHref'];
}): void {
  applyTheme();
  const root = document.querySelector('#root');
  if (!root) throw new Error('The page has no #root.');
  createRoot(root).render(
    <StrictMode>
      <PlinthProvider app={app.name} channel={app.channel} nextHref={app.nextHref}>
        {app.content}
      </PlinthProvider>
    </StrictMode>,
  );
}
