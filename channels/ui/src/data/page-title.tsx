import { type ReactNode, useEffect, useRef } from 'react';

/** The page's one `h1`. Takes the focus when a view opens, so that a reader hears where they are. */
export function PageTitle({
  children,
  aside,
  lead,
  documentTitle,
}: {
  children: ReactNode;
  aside?: ReactNode;
  lead?: ReactNode;
  documentTitle?: string;
}) {
  const heading = useRef<HTMLHeadingElement>(null);
  const title = documentTitle ?? (typeof children === 'string' ? children : undefined);
  useEffect(() => {
    if (title !== undefined) document.title = title;
    // The very first view keeps the browser's own start of the page.
    if (history.length > 1 && document.activeElement === document.body) heading.current?.focus({ preventScroll: true });
  }, [title]);
  return (
    <header className="mb-24 flex flex-wrap items-start justify-between gap-x-24 gap-y-12">
      <div className="min-w-0">
        <h1 ref={heading} tabIndex={-1} className="text-title font-semibold tracking-tight max-sm:text-24">
          {children}
        </h1>
        {lead && <p className="measure mt-4 text-muted">{lead}</p>}
      </div>
      {aside}
    </header>
  );
}
