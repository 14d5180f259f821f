import { type ComponentProps, useState } from 'react';
import { cx } from '../cx.ts';
import { formatMoney, parseAmount, type WireMoney } from '../format/money.ts';
import { TextInput } from './inputs.tsx';

export interface MoneyInputProps extends Omit<ComponentProps<'input'>, 'value' | 'onChange'> {
  value: WireMoney | undefined;
  currency: string;
  /** Undefined while what is typed is not an amount. */
  onChange: (money: WireMoney | undefined) => void;
}

/** An amount in the currency's own units; kept in minor units. Grouped again when the field is left. */
export function MoneyInput({ value, currency, onChange, className, ...rest }: MoneyInputProps) {
  const [typed, setTyped] = useState(() => (value ? plain(value) : ''));
  return (
    <span className={cx('relative block max-w-[16rem]', className)}>
      <TextInput
        inputMode="decimal"
        {...rest}
        value={typed}
        className="tabular pe-64 text-end"
        onChange={(event) => {
          setTyped(event.target.value);
          const amount = parseAmount(event.target.value, currency);
          onChange(amount === undefined ? undefined : { amount, currency });
        }}
        onBlur={() => value && setTyped(plain(value))}
      />
      <span aria-hidden className="pointer-events-none absolute end-12 top-1/2 -translate-y-1/2 text-muted">
        {currency}
      </span>
    </span>
  );
}

function plain(money: WireMoney): string {
  return formatMoney(money).split('\u00A0')[0] ?? '';
}
