import type { PlinthProblem } from '@plinth/client';
import { Ban, CircleAlert, Copy } from 'lucide-react';
import { type ReactNode, useState } from 'react';
import { signInPath, type StepUp, usePlinth } from '../platform/plinth.tsx';
import { Button, buttonClass } from '../primitives/button.tsx';
import { words } from '../words/words.ts';

export interface ProblemPanelProps {
  problem: PlinthProblem;
  /** Offered only when the problem may pass by itself. */
  onRetry?: (() => void) | undefined;
  /** More buttons of the page's own. */
  next?: ReactNode;
}

/** What happened, what it means, what to do next: all three out of the problem itself. */
export function ProblemPanel({ problem, onRetry, next }: ProblemPanelProps) {
  const isForbidden = problem.status === 403;
  const Icon = isForbidden ? Ban : CircleAlert;
  return (
    <div role={isForbidden ? undefined : 'alert'} className="flex items-start gap-12 p-16">
      <Icon
        size={20}
        strokeWidth={1.5}
        aria-hidden
        className={isForbidden ? 'mt-2 shrink-0 text-muted' : 'mt-2 shrink-0 text-critical'}
      />
      <div className="min-w-0 flex-1">
        <p className="font-semibold">{problem.title}</p>
        {problem.detail && problem.detail !== problem.title && <p className="measure">{problem.detail}</p>}
        {problem.advice && <p className="measure text-muted">{problem.advice}</p>}
        <div className="mt-12 flex flex-wrap items-center gap-12 empty:hidden">
          {onRetry && problem.retryable && <Button onClick={onRetry}>{words.tryAgain}</Button>}
          {next}
          {problem.code === 'step-up-required' && (
            <SignInAnew stepUp={problem.document['stepUp'] as StepUp | undefined} />
          )}
          <NextSteps problem={problem} />
          {problem.instance && <Reference instance={problem.instance} />}
        </div>
      </div>
    </div>
  );
}

function SignInAnew({ stepUp }: { stepUp: StepUp | undefined }) {
  const { app } = usePlinth();
  return (
    <a href={signInPath(app, stepUp)} className={buttonClass('primary')}>
      {words.signInAgain}
    </a>
  );
}

/** What the problem itself says can be done instead. */
function NextSteps({ problem }: { problem: PlinthProblem }) {
  const { nextHref } = usePlinth();
  return problem.next.map((step) => {
    const href = nextHref?.(step);
    if (href === undefined) return null;
    return (
      <a key={step.operation} href={href} className={buttonClass()}>
        {step.title}
      </a>
    );
  });
}

function Reference({ instance }: { instance: string }) {
  const [isCopied, setCopied] = useState(false);
  return (
    <button
      type="button"
      title={instance}
      className="inline-flex min-h-control items-center gap-8 rounded-control px-8 text-14 text-muted hover:bg-sunken hover:text-strong"
      onClick={() =>
        void navigator.clipboard.writeText(instance).then(
          () => setCopied(true),
          () => {},
        )
      }
    >
      <Copy size={16} strokeWidth={1.5} aria-hidden />
      <span aria-live="polite">{isCopied ? words.copied : words.copyReference}</span>
    </button>
  );
}
