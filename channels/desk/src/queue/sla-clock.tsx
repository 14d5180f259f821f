import { cx, formatInstant } from '@plinth/channels-ui';
import { CircleAlert, CircleCheck, Clock } from 'lucide-react';
import { useEffect, useState } from 'react';
import { type Promised, slaOf, type Urgency } from './sla.ts';

const looks: Readonly<Record<Urgency, string>> = {
  breached: 'text-critical font-medium',
  soon: 'text-caution font-medium',
  calm: 'text-muted',
  kept: 'text-muted',
};
const icons = { breached: CircleAlert, soon: Clock, calm: Clock, kept: CircleCheck };
const tickMs = 15_000;

/** Time left until an answer was promised: icon, word, colour third. */
export function SlaClock({ ticket }: { ticket: Promised }) {
  const [nowMs, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), tickMs);
    return () => clearInterval(timer);
  }, []);
  const { urgency, words } = slaOf(ticket, nowMs);
  const Icon = icons[urgency];
  return (
    <span
      title={`Answer promised by ${formatInstant(ticket.dueAt, nowMs)}`}
      className={cx('tabular inline-flex shrink-0 items-center gap-4 whitespace-nowrap', looks[urgency])}
    >
      <Icon size={14} strokeWidth={2} aria-hidden />
      {words}
    </span>
  );
}
