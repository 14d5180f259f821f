import type { ReactNode } from 'react';
import { cx } from '../cx.ts';

export interface Column<Row> {
  id: string;
  title: string;
  /** Numbers, money and times of one column align at the end. */
  numeric?: boolean;
  /** Left out below 672 px. */
  wideOnly?: boolean;
  renderCell: (row: Row) => ReactNode;
}

export interface TableProps<Row> {
  /** Names the table for readers. */
  caption: string;
  columns: readonly Column<Row>[];
  rows: readonly Row[];
  keyOf: (row: Row) => string;
}

export function Table<Row>({ caption, columns, rows, keyOf }: TableProps<Row>) {
  return (
    <div className="overflow-x-auto">
      <table className="w-full border-collapse text-start">
        <caption className="sr-only">{caption}</caption>
        <thead>
          <tr className="border-b border-subtle">
            {columns.map((column) => (
              <th
                key={column.id}
                scope="col"
                className={cx(
                  'px-16 py-8 text-13 font-medium whitespace-nowrap text-muted',
                  column.numeric ? 'text-end' : 'text-start',
                  column.wideOnly && 'max-sm:hidden',
                )}
              >
                {column.title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody className="divide-y divide-subtle">
          {rows.map((row) => (
            <tr key={keyOf(row)} className="h-row border-subtle">
              {columns.map((column) => (
                <td
                  key={column.id}
                  className={cx(
                    'px-16 py-8',
                    column.numeric ? 'tabular text-end whitespace-nowrap' : 'text-start',
                    column.wideOnly && 'max-sm:hidden',
                  )}
                >
                  {column.renderCell(row)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
