// Money and times inside text.

import { cx } from '../cx.ts';
import { formatDate, formatInstant, formatInstantFully } from './instant.ts';
import { formatMoney, type WireMoney } from './money.ts';

/** Always with currency; `signed` also colours what came in. */
export function MoneyText({
  money,
  signed = false,
  className,
}: {
  money: WireMoney;
  signed?: boolean;
  className?: string;
}) {
  return (
    <span className={cx('tabular whitespace-nowrap', signed && money.amount > 0 && 'text-positive', className)}>
      {formatMoney(money, { signed })}
    </span>
  );
}

/** Near times in words, the whole time on hover and for readers. */
export function InstantText({ instant, className }: { instant: string; className?: string }) {
  return (
    <time dateTime={instant} title={formatInstantFully(instant)} className={cx('tabular', className)}>
      {/* oxlint-disable-next-line react/purity -- near times are told from now. */}
      {formatInstant(instant, Date.now())}
    </time>
  );
}

export function DateText({ date }: { date: string }) {
  return (
    <time dateTime={date} className="tabular">
      {formatDate(date)}
    </time>
  );
}
