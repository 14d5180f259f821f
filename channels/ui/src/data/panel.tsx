import type { ReactNode } from 'react';
import { cx } from '../cx.ts';

export interface PanelProps {
  title?: ReactNode;
  /** At the end of the title's line: a link or a badge. */
  aside?: ReactNode;
  className?: string;
  /** Content that brings its own padding: lists and tables. */
  flush?: boolean;
  children: ReactNode;
}

/** One idea on a raised ground. Never inside another panel. */
export function Panel({ title, aside, className, flush = false, children }: PanelProps) {
  return (
    <section className={cx('overflow-clip rounded-card border border-subtle bg-panel', className)}>
      {(title !== undefined || aside !== undefined) && (
        <header
          className={cx(
            'flex min-h-48 items-center justify-between gap-16 px-16',
            flush ? 'border-b border-subtle' : 'pt-4',
          )}
        >
          {title !== undefined && <h2 className="font-semibold">{title}</h2>}
          {aside}
        </header>
      )}
      {flush ? children : <div className={cx('px-16 pb-16', title === undefined && 'pt-16')}>{children}</div>}
    </section>
  );
}
