import type { ReactNode } from 'react';
import { SkipLink } from './skip-link.tsx';

export interface ToolShellProps {
  brand: ReactNode;
  /** Links at the side; above the content on narrow screens. */
  navigation: ReactNode;
  /** Under the links: who is signed in, theme. */
  foot?: ReactNode;
  children: ReactNode;
  /** Panes that use the whole height bring their own scrolling. */
  isFlush?: boolean;
}

/** For people who work here all day: navigation at the start, the rest is content. */
export function ToolShell({ brand, navigation, foot, children, isFlush = false }: ToolShellProps) {
  return (
    <div className="flex min-h-dvh flex-col md:h-dvh md:flex-row">
      <SkipLink />
      <header className="flex flex-col gap-8 border-subtle bg-panel p-12 max-md:border-b md:w-[14rem] md:shrink-0 md:border-e">
        <div className="flex min-h-control items-center px-8">{brand}</div>
        <nav aria-label="Main" className="flex gap-2 overflow-x-auto md:flex-1 md:flex-col md:overflow-y-auto">
          {navigation}
        </nav>
        {foot && (
          <div className="flex flex-wrap items-center justify-between gap-8 md:flex-col md:items-start">{foot}</div>
        )}
      </header>
      <main
        id="content"
        className={
          isFlush ? 'min-h-0 min-w-0 flex-1 md:overflow-hidden' : 'min-w-0 flex-1 p-16 md:overflow-y-auto md:p-24'
        }
      >
        {children}
      </main>
    </div>
  );
}

/** Look of a link at the side. */
export const sideLinkClass =
  'flex min-h-control shrink-0 items-center gap-8 rounded-control px-8 font-medium whitespace-nowrap text-muted no-underline hover:bg-sunken hover:text-strong aria-[current=page]:bg-accent-soft aria-[current=page]:text-accent focus-visible:-outline-offset-2';
