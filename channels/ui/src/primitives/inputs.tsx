import { ChevronDown } from 'lucide-react';
import type { ComponentProps } from 'react';
import { cx } from '../cx.ts';

const control =
  'w-full rounded-control border border-control bg-panel px-12 text-strong transition-colors duration-(--duration-press) hover:border-accent disabled:cursor-not-allowed disabled:bg-sunken disabled:text-muted aria-invalid:border-critical aria-invalid:hover:border-critical';

export function TextInput({ className, ...rest }: ComponentProps<'input'>) {
  return <input type="text" autoComplete="off" {...rest} className={cx(control, 'h-control', className)} />;
}

/** The platform's own picker; on phones it offers the camera, too. */
export function FileInput({ className, ...rest }: Omit<ComponentProps<'input'>, 'type' | 'value'>) {
  return <input {...rest} type="file" className={cx(control, 'h-auto cursor-pointer py-8', className)} />;
}

/** Digits only as text: no spinner, no change by wheel. */
export function NumberInput({ className, ...rest }: ComponentProps<'input'>) {
  return (
    <input
      type="text"
      inputMode="decimal"
      autoComplete="off"
      {...rest}
      className={cx(control, 'tabular h-control max-w-[12rem] text-end', className)}
    />
  );
}

export function Textarea({ className, ...rest }: ComponentProps<'textarea'>) {
  return <textarea rows={4} {...rest} className={cx(control, 'min-h-96 py-8', className)} />;
}

export interface Choice {
  value: string;
  label: string;
}

export interface SelectProps extends Omit<ComponentProps<'select'>, 'children'> {
  choices: readonly Choice[];
  /** First entry without a value, when nothing is chosen yet. */
  placeholder?: string;
}

/** The platform's own list: right on every phone, with every reader. */
export function Select({ choices, placeholder, className, ...rest }: SelectProps) {
  return (
    <span className={cx('relative block', className)}>
      <select {...rest} className={cx(control, 'h-control appearance-none truncate pe-32')}>
        {placeholder !== undefined && <option value="">{placeholder}</option>}
        {choices.map((choice) => (
          <option key={choice.value} value={choice.value}>
            {choice.label}
          </option>
        ))}
      </select>
      <ChevronDown
        size={16}
        strokeWidth={1.5}
        aria-hidden
        className="pointer-events-none absolute end-12 top-1/2 -translate-y-1/2 text-muted"
      />
    </span>
  );
}
