import {
  asProblem,
  Brand,
  Button,
  type ContractOperation,
  KioskFrame,
  ProblemPanel,
  useOperations,
  useSession,
} from '@plinth/channels-ui';
import { useQueryClient } from '@tanstack/react-query';
import { X } from 'lucide-react';
import { useCallback, useEffect, useState } from 'react';
import { endVisit } from './device.ts';
import { EnrolScreen } from './enrol.tsx';
import { IdleGuard } from './idle.tsx';
import { StartScreen } from './start.tsx';
import { needsCustomer } from './steps.ts';
import { TaskScreen } from './task.tsx';
import { VisitScreen } from './visit.tsx';

const refreshMs = 15_000;

/** A shared device: not enrolled, waiting for somebody, or at one task. There are no addresses to go back to. */
export function Kiosk() {
  const session = useSession();
  const queries = useQueryClient();
  const [round, setRound] = useState(0);
  const [task, setTask] = useState<ContractOperation>();
  const [isEnding, setEnding] = useState(false);
  const contracts = useOperations();
  // A service that appeared or left is on the screen soon; somebody at a task is not disturbed.
  useEffect(() => {
    if (task) return undefined;
    const timer = setInterval(() => void queries.refetchQueries({ queryKey: ['contracts'] }), refreshMs);
    return () => clearInterval(timer);
  }, [queries, task]);
  /** Nothing of the person stays: answers, lists, drafts, session. Who comes next begins when that is so. */
  const reset = useCallback(async (): Promise<void> => {
    setEnding(true);
    setTask(undefined);
    setRound((before) => before + 1);
    await endVisit().catch(() => undefined);
    sessionStorage.clear();
    queries.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== 'contracts' });
    await queries.invalidateQueries({ queryKey: ['session'] });
    setEnding(false);
  }, [queries]);
  const isVisiting = session.data?.audience === 'customer';

  if (session.isPending || isEnding) return <div className="min-h-dvh" aria-busy />;
  if (session.isError || contracts.isError)
    return (
      <KioskFrame brand={<Brand name="Northfold" />}>
        <ProblemPanel
          problem={asProblem(session.error ?? contracts.error)}
          onRetry={() => void queries.invalidateQueries()}
        />
      </KioskFrame>
    );
  if (!isVisiting && session.data.audience !== 'device') return <EnrolScreen />;
  if (task === undefined) return <StartScreen key={round} onChoose={setTask} />;
  const end = (
    <Button icon={<X size={24} strokeWidth={1.5} aria-hidden />} onClick={() => void reset()}>
      End session
    </Button>
  );
  return (
    <IdleGuard onReset={() => void reset()}>
      {needsCustomer(task) && !isVisiting ? (
        <VisitScreen key={round} task={task} aside={end} onBack={() => void reset()} />
      ) : (
        <TaskScreen
          key={round}
          task={task}
          audience={isVisiting ? 'customer' : 'device'}
          aside={end}
          onEnd={() => void reset()}
        />
      )}
    </IdleGuard>
  );
}
