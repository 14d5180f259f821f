import type { PlinthProblem } from '@plinth/client';
import { type ReactNode, useRef, useState } from 'react';
import { type Description, DescriptionList } from '../data/description-list.tsx';
import { ProblemPanel } from '../data/problem-panel.tsx';
import { asProblem } from '../data/view.tsx';
import { Button, type ButtonVariant } from '../primitives/button.tsx';
import { Dialog } from '../primitives/dialog.tsx';

export interface OperationButtonProps {
  /** Verb + object; with `confirm`, the object's own name: `Cancel order 1042`. */
  label: string;
  variant?: ButtonVariant;
  icon?: ReactNode;
  /** The call. The key is the same until it succeeded. */
  run: (key: string) => Promise<unknown>;
  onDone?: (answer: unknown) => void;
  /** Read-back before it happens: every fact, and what cannot be undone. */
  confirm?: { title: string; facts: readonly Description[]; warning?: string; keep: string };
  disabledBecause?: string | undefined;
}

/** A button that calls an operation: asks first when it must, once, busy while it runs, and says what went wrong. */
export function OperationButton({
  label,
  variant = 'secondary',
  icon,
  run,
  onDone,
  confirm,
  disabledBecause,
}: OperationButtonProps) {
  const key = useRef<string>(undefined);
  const [isAsking, setAsking] = useState(false);
  const [isBusy, setBusy] = useState(false);
  const [problem, setProblem] = useState<PlinthProblem>();
  const act = async (): Promise<void> => {
    key.current ??= crypto.randomUUID();
    setBusy(true);
    setProblem(undefined);
    try {
      const answer = await run(key.current);
      key.current = undefined;
      setAsking(false);
      onDone?.(answer);
    } catch (error) {
      setProblem(asProblem(error));
    } finally {
      setBusy(false);
    }
  };
  const close = (): void => {
    setAsking(false);
    setProblem(undefined);
  };
  const press = (): void => {
    if (confirm) setAsking(true);
    else void act();
  };
  return (
    <>
      <span className="inline-flex flex-col items-start gap-4">
        <Button
          variant={confirm && variant === 'critical' ? 'secondary' : variant}
          icon={icon}
          busy={isBusy && !confirm}
          disabled={disabledBecause !== undefined}
          onClick={press}
        >
          {label}
        </Button>
        {disabledBecause && <span className="text-14 text-muted">{disabledBecause}</span>}
      </span>
      {problem && !confirm && <ProblemPanel problem={problem} onRetry={() => void act()} />}
      {confirm && (
        <Dialog
          open={isAsking}
          onClose={close}
          title={confirm.title}
          actions={
            <>
              <Button variant={variant} busy={isBusy} onClick={() => void act()}>
                {label}
              </Button>
              <Button onClick={close}>{confirm.keep}</Button>
            </>
          }
        >
          <DescriptionList figures entries={confirm.facts} />
          {confirm.warning && <p className="measure mt-16 text-muted">{confirm.warning}</p>}
          {problem && (
            <div className="mt-16 rounded-card border border-critical">
              <ProblemPanel problem={problem} onRetry={() => void act()} />
            </div>
          )}
        </Dialog>
      )}
    </>
  );
}
