import { Button, Progress } from '@plinth/channels-ui';
import { type ReactNode, useEffect, useRef, useState } from 'react';

const idleMs = 45_000;
const warningS = 20;
const signs = ['pointerdown', 'keydown', 'input'] as const;

/** Who walks away leaves nothing: a warning with time to answer, then the screen clears. */
export function IdleGuard({ onReset, children }: { onReset: () => void; children: ReactNode }) {
  const [leftS, setLeft] = useState<number>();
  const reset = useRef(onReset);
  useEffect(() => {
    reset.current = onReset;
  }, [onReset]);
  const isWarning = leftS !== undefined;
  useEffect(() => {
    if (isWarning) return undefined;
    let timer = setTimeout(() => setLeft(warningS), idleMs);
    const seen = (): void => {
      clearTimeout(timer);
      timer = setTimeout(() => setLeft(warningS), idleMs);
    };
    for (const sign of signs) addEventListener(sign, seen);
    return () => {
      clearTimeout(timer);
      for (const sign of signs) removeEventListener(sign, seen);
    };
  }, [isWarning]);
  useEffect(() => {
    if (leftS === undefined) return undefined;
    if (leftS === 0) {
      reset.current();
      return undefined;
    }
    const timer = setTimeout(() => setLeft(leftS - 1), 1000);
    return () => clearTimeout(timer);
  }, [leftS]);
  return (
    <>
      <div inert={isWarning}>{children}</div>
      {isWarning && (
        <div
          role="alertdialog"
          aria-labelledby="idle-title"
          className="fixed inset-0 z-(--z-overlay) flex flex-col justify-end gap-32 bg-page p-32 pb-96"
        >
          <h1 id="idle-title" className="text-48 font-semibold tracking-tight">
            Still there?
          </h1>
          <p>
            The screen clears in <span className="tabular font-semibold">{leftS}</span> s.
          </p>
          <Progress max={warningS} value={leftS} label="Time left" />
          {/* oxlint-disable-next-line jsx-a11y/no-autofocus -- the one question of this screen. */}
          <Button autoFocus variant="primary" onClick={() => setLeft(undefined)}>
            I am here
          </Button>
          <Button onClick={onReset}>End and clear</Button>
        </div>
      )}
    </>
  );
}
