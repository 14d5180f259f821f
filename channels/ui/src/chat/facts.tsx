import { isMoney } from '../format/money.ts';
import { InstantText, MoneyText } from '../format/parts.tsx';
import type { Fact } from './parts.ts';

/** Facts of a card or read-back, one per line. */
export function FactList({ facts }: { facts: readonly Fact[] }) {
  if (facts.length === 0) return null;
  return (
    <dl className="mt-8 flex flex-col gap-4 text-14">
      {facts.map((fact) => (
        <div
          key={fact.label + JSON.stringify(fact.value)}
          className="flex flex-wrap items-baseline justify-between gap-x-16"
        >
          {fact.label !== '' && <dt className="text-muted">{fact.label}</dt>}
          <dd className="tabular font-medium">
            <FactValue value={fact.value} />
          </dd>
        </div>
      ))}
    </dl>
  );
}

function FactValue({ value }: { value: Fact['value'] }) {
  if (isMoney(value)) return <MoneyText money={value} />;
  if (typeof value === 'string' && /^\d{4}-\d{2}-\d{2}T/.test(value)) return <InstantText instant={value} />;
  return String(value);
}
