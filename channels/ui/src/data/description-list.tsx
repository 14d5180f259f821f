import type { ReactNode } from 'react';
import { cx } from '../cx.ts';

export interface Description {
  term: ReactNode;
  value: ReactNode;
}

/** Names and values; the value is read first, so it is the strong one. `figures` aligns the values at the end. */
export function DescriptionList({ entries, figures = false }: { entries: readonly Description[]; figures?: boolean }) {
  return (
    <dl className="divide-y divide-subtle">
      {entries.map((entry, index) => (
        // oxlint-disable-next-line react/no-array-index-key -- the order of descriptions is fixed.
        <div
          key={index}
          className={cx(
            'py-12 first:pt-0 last:pb-0',
            figures
              ? 'flex flex-wrap items-baseline justify-between gap-x-24'
              : 'grid gap-x-24 gap-y-2 sm:grid-cols-[minmax(8rem,14rem)_1fr]',
          )}
        >
          <dt className="text-muted">{entry.term}</dt>
          <dd className={cx('min-w-0', figures && 'text-end')}>{entry.value}</dd>
        </div>
      ))}
    </dl>
  );
}
