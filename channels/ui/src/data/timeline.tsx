import type { ReactNode } from 'react';

export interface TimelineItem {
  key: string;
  title: ReactNode;
  at: ReactNode;
  text?: ReactNode;
}

/** What happened, latest first, on one line through time. */
export function Timeline({ items, label }: { items: readonly TimelineItem[]; label: string }) {
  return (
    <ol aria-label={label} className="relative">
      {items.map((item, index) => (
        <li key={item.key} className="relative flex gap-16 pb-16 last:pb-0">
          {index < items.length - 1 && (
            <span className="absolute start-[0.3125rem] top-16 bottom-[-0.5rem] w-px bg-line-subtle" aria-hidden />
          )}
          <span className="relative mt-8 size-12 shrink-0 rounded-pill border-2 border-control bg-panel" aria-hidden />
          <div className="min-w-0 flex-1">
            <div className="flex flex-wrap items-baseline justify-between gap-x-16">
              <span className="font-medium">{item.title}</span>
              <span className="tabular text-14 text-muted">{item.at}</span>
            </div>
            {item.text && <div className="measure mt-2 text-muted">{item.text}</div>}
          </div>
        </li>
      ))}
    </ol>
  );
}
