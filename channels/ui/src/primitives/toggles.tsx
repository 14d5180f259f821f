import { Check } from 'lucide-react';
import { Switch as RadixSwitch } from 'radix-ui';
import type { ComponentProps, ReactNode } from 'react';
import { cx } from '../cx.ts';

/** A yes or no inside a form; takes effect when the form is sent. */
export function Checkbox({
  label,
  hint,
  className,
  ...rest
}: ComponentProps<'input'> & { label: ReactNode; hint?: ReactNode }) {
  return (
    <label className={cx('flex min-h-control cursor-pointer items-start gap-12 py-8', className)}>
      <span className="relative mt-2 inline-grid size-24 shrink-0 place-items-center">
        <input
          type="checkbox"
          {...rest}
          className="peer size-24 cursor-pointer appearance-none rounded-control border border-control bg-panel checked:border-transparent checked:bg-fill-accent disabled:cursor-not-allowed disabled:bg-sunken"
        />
        <Check
          size={16}
          strokeWidth={2}
          aria-hidden
          className="pointer-events-none absolute text-on-accent opacity-0 peer-checked:opacity-100"
        />
      </span>
      <span>
        {label}
        {hint && <span className="block text-14 text-muted">{hint}</span>}
      </span>
    </label>
  );
}

export interface SwitchProps {
  checked: boolean;
  onChange: (checked: boolean) => void;
  label: string;
  disabled?: boolean;
  id?: string;
}

/** A yes or no that takes effect at once. */
export function Switch({ checked, onChange, label, disabled, id }: SwitchProps) {
  return (
    <RadixSwitch.Root
      id={id}
      checked={checked}
      disabled={disabled ?? false}
      onCheckedChange={onChange}
      aria-label={label}
      className="group inline-flex min-h-control shrink-0 items-center rounded-control disabled:cursor-not-allowed"
    >
      <span className="flex h-24 w-48 items-center rounded-pill border border-control bg-sunken px-2 transition-colors duration-(--duration-press) group-data-[state=checked]:border-transparent group-data-[state=checked]:bg-fill-accent">
        <RadixSwitch.Thumb className="block size-16 rounded-pill bg-line-control transition-transform duration-(--duration-press) data-[state=checked]:translate-x-[1.625rem] data-[state=checked]:bg-panel rtl:data-[state=checked]:-translate-x-[1.625rem]" />
      </span>
    </RadixSwitch.Root>
  );
}
