import { Check } from 'lucide-react';
import { labelOf, properties, resolve, type Schema } from '../contracts/schema.ts';
import { trackOf } from '../contracts/track.ts';
import { useOperations } from '../contracts/use-operations.ts';
import { cx } from '../cx.ts';
import { Badge } from '../primitives/badge.tsx';
import { humanize } from '../words/humanize.ts';
import { toneOf } from '../words/tones.ts';

/** A state as icon and word. `label` comes from the contract where it says one. */
export function StateBadge({ state, label }: { state: string; label?: string | undefined }) {
  return <Badge tone={toneOf(state)}>{label ?? humanize(state)}</Badge>;
}

/** The state of a thing of a contract, in the contract's words. */
export function ResourceState({ capability, schema, state }: { capability: string; schema: string; state: string }) {
  return <StateBadge state={state} label={useStateWords(capability, schema)(state)} />;
}

/** Words for the states of one thing; the states' names as words until the contract is read. */
export function useStateWords(capability: string, schemaName: string): (state: string) => string {
  const catalogue = useOperations().data;
  const schema = catalogue?.schema(capability, schemaName);
  const name = catalogue?.states(capability, schemaName)?.property ?? 'state';
  const property: Schema = catalogue && schema ? resolve(properties(schema)[name], catalogue.document) : {};
  return (state) => labelOf(property, state) ?? humanize(state);
}

/** Where a thing is on its way: done, now, ahead. Drawn from the states of its contract. */
export function StateTrack({ capability, schema, state }: { capability: string; schema: string; state: string }) {
  const states = useOperations().data?.states(capability, schema);
  const wordsOf = useStateWords(capability, schema);
  const steps = states ? trackOf(states, state) : [{ state, is: 'current' as const }];
  return (
    <ol className="flex flex-wrap gap-y-8" aria-label="Progress">
      {steps.map((step, index) => (
        <li key={step.state} aria-current={step.is === 'current' ? 'step' : undefined} className="flex items-center">
          {index > 0 && (
            <span
              aria-hidden
              className={cx('mx-8 h-px w-16 sm:w-32', step.is === 'ahead' ? 'bg-line-control' : 'bg-fill-accent')}
            />
          )}
          <span
            aria-hidden
            className={cx(
              'grid size-16 place-items-center rounded-pill border',
              step.is === 'done' && 'border-transparent bg-fill-accent text-on-accent',
              step.is === 'current' && 'border-accent bg-panel',
              step.is === 'ahead' && 'border-control bg-panel',
            )}
          >
            {step.is === 'done' && <Check size={12} strokeWidth={2.5} />}
            {step.is === 'current' && <span className="size-8 rounded-pill bg-fill-accent" />}
          </span>
          <span
            className={cx(
              'ms-8 text-14',
              step.is === 'current' ? 'font-semibold' : step.is === 'ahead' ? 'text-muted' : '',
            )}
          >
            {wordsOf(step.state)}
            {step.is === 'done' && <span className="sr-only"> (done)</span>}
            {step.is === 'ahead' && <span className="sr-only"> (not yet)</span>}
          </span>
        </li>
      ))}
    </ol>
  );
}
