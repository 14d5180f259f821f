import { Sparkles } from 'lucide-react';
import { cx } from '../cx.ts';
import type { WireMoney } from '../format/money.ts';
import { MoneyText } from '../format/parts.tsx';
import { Button } from '../primitives/button.tsx';
import { words } from '../words/words.ts';

export interface Suggestion {
  title: string;
  text?: string | undefined;
  /** One sentence, always. */
  because: string;
  label?: string | undefined;
  price?: WireMoney | undefined;
}

export interface NextBestActionProps {
  suggestion: Suggestion;
  /** Word above it: `Next for you`. */
  eyebrow: string;
  onAccept?: (() => void) | undefined;
  onRefuse: () => void;
  onNever: () => void;
  onWhy?: (() => void) | undefined;
  /** In a chat or a side pane. */
  isSmall?: boolean;
}

const quiet =
  'min-h-control rounded-control px-8 text-14 text-muted underline-offset-4 hover:text-strong hover:underline';

/** Reasons are written as clauses or as sentences; here they stand in a row of sentences. */
function asSentence(because: string): string {
  return /[.!?…]$/.test(because) ? because : `${because}.`;
}

/** One suggestion: what, why, and three ways to say no. */
export function NextBestAction({
  suggestion,
  eyebrow,
  onAccept,
  onRefuse,
  onNever,
  onWhy,
  isSmall = false,
}: NextBestActionProps) {
  return (
    <section
      aria-label={eyebrow}
      className={cx('rounded-card border border-subtle bg-panel', isSmall ? 'p-16' : 'p-16 sm:p-24')}
    >
      <p className="flex items-center gap-8 text-13 font-medium text-accent">
        <Sparkles size={16} strokeWidth={1.5} aria-hidden />
        {eyebrow}
      </p>
      <div className="mt-8 flex flex-wrap items-baseline justify-between gap-x-24 gap-y-4">
        <h2 className={cx('min-w-0 font-semibold', isSmall ? 'text-16' : 'text-20')}>{suggestion.title}</h2>
        {suggestion.price && (
          <MoneyText money={suggestion.price} className={cx('font-semibold', !isSmall && 'text-20')} />
        )}
      </div>
      {suggestion.text && <p className="measure mt-4">{suggestion.text}</p>}
      <p className="measure mt-4 text-muted">
        {asSentence(suggestion.because)}{' '}
        {onWhy && (
          <button
            type="button"
            onClick={onWhy}
            className="rounded-control text-accent underline underline-offset-4 hover:decoration-2"
          >
            {words.why}
          </button>
        )}
      </p>
      <div className="mt-16 flex flex-wrap items-center gap-x-12 gap-y-4">
        {onAccept && (
          <Button variant="primary" onClick={onAccept}>
            {suggestion.label ?? 'See more'}
          </Button>
        )}
        <Button onClick={onRefuse}>{words.notNow}</Button>
        <button type="button" className={quiet} onClick={onNever}>
          {words.neverAgain}
        </button>
      </div>
    </section>
  );
}
