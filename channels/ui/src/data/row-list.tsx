import type { ReactNode } from 'react';

export interface RowEntry {
  key: string;
  title: ReactNode;
  detail?: ReactNode;
  /** The figure or state at the end of the row. */
  value?: ReactNode;
  icon?: ReactNode;
}

export interface RowListProps {
  entries: readonly RowEntry[];
  label: string;
  /** Wraps the whole row in a link; leave it out for rows that lead nowhere. */
  renderLink?: (entry: RowEntry, className: string, children: ReactNode) => ReactNode;
}

const row = 'flex min-h-row w-full items-center gap-12 px-16 py-8 text-start';

/** Rows of one kind: what it is, one line about it, and its figure. Long names wrap, nothing is cut. */
export function RowList({ entries, label, renderLink }: RowListProps) {
  return (
    <ul aria-label={label} className="divide-y divide-subtle">
      {entries.map((entry) => {
        const content = (
          <>
            {entry.icon && <span className="shrink-0 text-muted">{entry.icon}</span>}
            <span className="min-w-0 flex-1">
              <span className="block font-medium">{entry.title}</span>
              {entry.detail && <span className="block text-14 text-muted">{entry.detail}</span>}
            </span>
            {entry.value && <span className="tabular shrink-0 text-end">{entry.value}</span>}
          </>
        );
        return (
          <li key={entry.key} className="border-subtle">
            {renderLink ? (
              renderLink(
                entry,
                `${row} no-underline transition-colors duration-(--duration-press) hover:bg-sunken focus-visible:-outline-offset-2`,
                content,
              )
            ) : (
              <div className={row}>{content}</div>
            )}
          </li>
        );
      })}
    </ul>
  );
}
