import type { ReactNode } from 'react';

export interface Description {
  term: ReactNode;
  value: ReactNode;
}

/** Names and values; the value is read first, so it is the strong one. */
export function DescriptionList({ entries }: { entries: readonly Description[] }) {
  return (
    <dl className="divide-y divide-subtle">
      {entries.map((entry, index) => (
        // oxlint-disable-next-line react/no-array-index-key -- the order of descriptions is fixed.
        <div
          key={index}
          className="grid gap-x-24 gap-y-2 py-12 first:pt-0 last:pb-0 sm:grid-cols-[minmax(8rem,14rem)_1fr]"
        >
          <dt className="text-muted">{entry.term}</dt>
          <dd className="min-w-0">{entry.value}</dd>
        </div>
      ))}
    </dl>
  );
}
