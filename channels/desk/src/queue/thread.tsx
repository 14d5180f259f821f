import { cx, InstantText } from '@plinth/channels-ui';
import type { Entry } from '@plinth/client/tickets';
import { useLayoutEffect, useRef } from 'react';

const looks: Readonly<Record<Entry['kind'], string>> = {
  customer: 'bg-panel border-subtle',
  staff: 'bg-accent-soft border-transparent',
  assistant: 'bg-sunken border-transparent',
  note: 'bg-caution-soft border-transparent',
  system: 'bg-sunken border-transparent text-muted',
};

const words: Readonly<Record<Entry['kind'], string>> = {
  customer: 'customer',
  staff: 'us',
  assistant: 'assistant, software',
  note: 'internal note',
  system: 'system',
};

/** Everything that was said, oldest first; it opens at its end. */
export function Thread({ entries }: { entries: readonly Entry[] }) {
  const end = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    end.current?.scrollIntoView({ block: 'end' });
    // oxlint-disable-next-line react/exhaustive-effect-dependencies -- a new entry is what moves the end.
  }, [entries.length]);
  return (
    <div
      role="log"
      aria-label="What was said"
      // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- what scrolls can be reached by keyboard.
      tabIndex={0}
      className="min-h-0 flex-1 overflow-y-auto px-16 py-16 focus-visible:-outline-offset-2 sm:px-24"
    >
      <ol className="flex flex-col gap-12">
        {entries.map((entry) => (
          <li key={entry.id} className={cx('max-w-[44rem] rounded-card border px-12 py-8', looks[entry.kind])}>
            <p className="flex flex-wrap items-baseline justify-between gap-x-16 text-13 text-muted">
              <span>
                <span className="font-medium text-strong">{entry.author}</span> · {words[entry.kind]}
              </span>
              <InstantText instant={entry.at} />
            </p>
            <p className="measure mt-4 whitespace-pre-line">{entry.text}</p>
          </li>
        ))}
      </ol>
      <div ref={end} />
    </div>
  );
}
