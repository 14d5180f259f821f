import { LoaderCircle } from 'lucide-react';
import type { ComponentProps, ReactNode } from 'react';
import { cx } from '../cx.ts';

export type ButtonVariant = 'primary' | 'secondary' | 'quiet' | 'critical';

const variants: Record<ButtonVariant, string> = {
  primary:
    'bg-fill-accent text-on-accent border-transparent hover:bg-fill-accent-hover active:bg-fill-accent-pressed disabled:bg-sunken disabled:text-muted disabled:border-control',
  secondary:
    'bg-panel text-strong border-control hover:bg-sunken active:bg-sunken disabled:text-muted disabled:bg-sunken',
  quiet: 'bg-transparent text-accent border-transparent hover:bg-accent-soft active:bg-accent-soft disabled:text-muted',
  critical:
    'bg-fill-critical text-on-accent border-transparent hover:bg-fill-critical-hover disabled:bg-sunken disabled:text-muted',
};

/** The look of a button, for links that act as one. */
export function buttonClass(variant: ButtonVariant = 'secondary', className?: string): string {
  return cx(
    'inline-flex min-h-control shrink-0 items-center justify-center gap-8 rounded-control border px-16 text-center font-medium whitespace-nowrap no-underline transition-colors duration-(--duration-press) select-none disabled:cursor-not-allowed',
    variants[variant],
    className,
  );
}

export interface ButtonProps extends ComponentProps<'button'> {
  variant?: ButtonVariant;
  /** Keeps width and label, gains a spinner, and does nothing when pressed. */
  busy?: boolean;
  icon?: ReactNode;
}

/** Verb + object (`Cancel order`). At most one `primary` per view. */
export function Button({
  variant = 'secondary',
  busy = false,
  icon,
  className,
  children,
  onClick,
  ...rest
}: ButtonProps) {
  return (
    <button
      type="button"
      {...rest}
      aria-busy={busy || undefined}
      className={buttonClass(variant, cx('relative', className))}
      onClick={busy ? (event) => event.preventDefault() : onClick}
    >
      <span className={cx('inline-flex items-center gap-8', busy && 'opacity-0')}>
        {icon}
        {children}
      </span>
      {busy && (
        <span className="absolute inset-0 grid place-items-center" aria-hidden>
          <LoaderCircle size={20} strokeWidth={1.5} className="spin" />
        </span>
      )}
    </button>
  );
}

/** An icon with an accessible name; the same height as a button. */
export function IconButton({ label, className, children, ...rest }: ComponentProps<'button'> & { label: string }) {
  return (
    <button
      type="button"
      aria-label={label}
      title={label}
      {...rest}
      className={cx(
        'inline-grid size-control shrink-0 place-items-center rounded-control text-muted transition-colors duration-(--duration-press) hover:bg-sunken hover:text-strong disabled:cursor-not-allowed',
        className,
      )}
    >
      {children}
    </button>
  );
}
