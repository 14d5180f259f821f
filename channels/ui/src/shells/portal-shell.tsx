import type { ReactNode } from 'react';
import { SkipLink } from './skip-link.tsx';

export interface PortalShellProps {
  brand: ReactNode;
  /** Links of the top bar; hidden below 1056 px. */
  navigation: ReactNode;
  /** At the end of the top bar: messages, account. */
  aside: ReactNode;
  /** Links of the bottom bar; shown below 1056 px. */
  bottomBar: ReactNode;
  children: ReactNode;
  /** Floats above the page: the way into the chat. */
  floating?: ReactNode;
}

/** Top bar, one column of content, a bottom bar on phones. */
export function PortalShell({ brand, navigation, aside, bottomBar, children, floating }: PortalShellProps) {
  return (
    <div className="flex min-h-dvh flex-col">
      <SkipLink />
      <header className="sticky top-0 z-(--z-sticky) border-b border-subtle bg-panel">
        <div className="mx-auto flex h-[3.5rem] max-w-[70rem] items-center gap-24 px-16 sm:px-24 lg:px-32">
          {brand}
          <nav aria-label="Main" className="flex flex-1 items-center gap-4 max-md:hidden">
            {navigation}
          </nav>
          <div className="ms-auto flex items-center gap-8">{aside}</div>
        </div>
      </header>
      <main
        id="content"
        className="mx-auto w-full max-w-[70rem] flex-1 px-16 pt-24 pb-96 sm:px-24 sm:pt-32 md:pb-96 lg:px-32"
      >
        {children}
      </main>
      <nav
        aria-label="Main"
        className="fixed inset-x-0 bottom-0 z-(--z-sticky) grid auto-cols-fr grid-flow-col border-t border-subtle bg-panel pb-[env(safe-area-inset-bottom)] md:hidden"
      >
        {bottomBar}
      </nav>
      {floating}
    </div>
  );
}

/** Look of a link in the top bar. */
export const topLinkClass =
  'inline-flex min-h-control items-center rounded-control px-12 text-14 font-medium whitespace-nowrap text-muted no-underline hover:bg-sunken hover:text-strong aria-[current=page]:text-strong aria-[current=page]:bg-sunken';

/** Look of a link in the bottom bar: icon above word. */
export const bottomLinkClass =
  'flex min-h-[3.5rem] flex-col items-center justify-center gap-2 text-12 font-medium text-muted no-underline aria-[current=page]:text-accent focus-visible:-outline-offset-2';
