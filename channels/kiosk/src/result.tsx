import {
  Button,
  type ContractCatalogue,
  type ContractOperation,
  ProblemPanel,
  ResultView,
  StateTrack,
} from '@plinth/channels-ui';
import { CircleCheck } from 'lucide-react';
import type { Outcome } from './use-task.ts';

interface ResultProps {
  task: ContractOperation;
  catalogue: ContractCatalogue;
  outcome: Outcome;
  onEnd: () => void;
  onBack: () => void;
}

/** What came of it, or what went wrong and what to do instead. */
export function Result({ task, catalogue, outcome, onEnd, onBack }: ResultProps) {
  if ('problem' in outcome)
    return (
      <>
        <div className="rounded-card border border-critical bg-panel">
          <ProblemPanel problem={outcome.problem} />
        </div>
        <div className="grid gap-16 sm:grid-cols-2">
          <Button onClick={onBack}>Start again</Button>
          <Button variant="primary" onClick={onEnd}>
            Done
          </Button>
        </div>
      </>
    );
  const { value } = outcome;
  const state = stateOf(value, task, catalogue);
  return (
    <>
      <h1 className="flex items-center gap-16 text-36 font-semibold tracking-tight">
        {task.descriptor.effect !== 'read' && (
          <CircleCheck size={40} strokeWidth={1.5} aria-hidden className="shrink-0 text-positive" />
        )}
        {task.descriptor.effect === 'read' ? task.title : `Done: ${task.title.toLowerCase()}`}
      </h1>
      {state && <StateTrack capability={task.capability} schema={state.schema} state={state.state} />}
      <div className="overflow-clip rounded-card border border-subtle bg-panel">
        <ResultView value={value} schema={task.answer} document={catalogue.document} />
      </div>
      <Button variant="primary" onClick={onEnd}>
        Done
      </Button>
    </>
  );
}

/** The thing's way through its states, where the contract declares them. */
function stateOf(
  value: unknown,
  task: ContractOperation,
  catalogue: ContractCatalogue,
): { schema: string; state: string } | undefined {
  const state = (value as { state?: unknown } | null)?.state;
  if (typeof state !== 'string') return undefined;
  const schemas =
    (catalogue.document['components'] as { schemas?: Record<string, unknown> } | undefined)?.schemas ?? {};
  const found = Object.keys(schemas)
    .filter((name) => name.startsWith(`${task.capability}.`))
    .map((name) => name.slice(task.capability.length + 1))
    .find((name) => {
      const states = catalogue.states(task.capability, name);
      return states?.moves.some(({ to, from }) => to === state || from.includes(state));
    });
  return found === undefined ? undefined : { schema: found, state };
}
