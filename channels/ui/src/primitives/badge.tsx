import { Circle, CircleAlert, CircleCheck, CircleDot, Clock } from 'lucide-react';
import type { ReactNode } from 'react';
import { cx } from '../cx.ts';
import type { Tone } from '../words/tones.ts';

const tones: Record<Tone, string> = {
  neutral: 'bg-sunken text-muted',
  info: 'bg-info-soft text-info',
  positive: 'bg-positive-soft text-positive',
  caution: 'bg-caution-soft text-caution',
  critical: 'bg-critical-soft text-critical',
};

const icons = { neutral: Circle, info: CircleDot, positive: CircleCheck, caution: Clock, critical: CircleAlert };

/** Status: icon and word; colour comes third. */
export function Badge({ tone = 'neutral', children }: { tone?: Tone; children: ReactNode }) {
  const Icon = icons[tone];
  return (
    <span
      className={cx(
        'inline-flex shrink-0 items-center gap-4 rounded-pill px-8 py-2 text-13 font-medium whitespace-nowrap',
        tones[tone],
      )}
    >
      <Icon size={14} strokeWidth={2} aria-hidden />
      {children}
    </span>
  );
}
