import { PlinthProblem } from '@plinth/client';
import type { UseQueryResult } from '@tanstack/react-query';
import { Clock } from 'lucide-react';
import { type ReactNode, useEffect, useRef, useState } from 'react';
import { formatClock } from '../format/instant.ts';
import { Button } from '../primitives/button.tsx';
import { words } from '../words/words.ts';
import { ProblemPanel } from './problem-panel.tsx';

const quietMs = 200;
const leastShownMs = 400;

export interface ViewProps<Value> {
  query: Pick<UseQueryResult<Value>, 'data' | 'error' | 'isPending' | 'isError' | 'dataUpdatedAt' | 'refetch'>;
  /** In the final shape. */
  skeleton: ReactNode;
  isEmpty?: (value: Value) => boolean;
  /** Required with `isEmpty`. */
  empty?: ReactNode;
  /** True where the view does not stand inside a panel: what failed then gets an edge of its own. */
  framed?: boolean;
  children: (value: Value) => ReactNode;
}

/**
 * The states of a view of data: nothing for 200 ms, then a skeleton for at least 400 ms; empty; failed or forbidden as
 * the problem says; old data with its age when refreshing failed; else the data.
 */
export function View<Value>({ query, skeleton, isEmpty, empty, framed = false, children }: ViewProps<Value>) {
  const phase = useLoadingPhase(query.isPending);
  if (phase === 'quiet') return <div className="min-h-96" aria-busy />;
  if (phase === 'skeleton')
    return (
      <div aria-busy>
        <output className="sr-only">{words.loading}</output>
        {skeleton}
      </div>
    );
  if (query.data === undefined) {
    const failed = <ProblemPanel problem={asProblem(query.error)} onRetry={() => void query.refetch()} />;
    return framed ? <div className="rounded-card border border-subtle bg-panel">{failed}</div> : failed;
  }
  return (
    <>
      {query.isError && <Stale at={query.dataUpdatedAt} onRetry={() => void query.refetch()} />}
      {isEmpty?.(query.data) ? empty : children(query.data)}
    </>
  );
}

function Stale({ at, onRetry }: { at: number; onRetry: () => void }) {
  return (
    <output className="flex flex-wrap items-center gap-x-16 gap-y-4 bg-caution-soft px-16 py-4">
      <Clock size={16} strokeWidth={1.5} className="text-caution" aria-hidden />
      <span className="flex-1">{words.showingOld(formatClock(new Date(at).toISOString()))}</span>
      <Button variant="quiet" onClick={onRetry}>
        {words.tryAgain}
      </Button>
    </output>
  );
}

function useLoadingPhase(isPending: boolean): 'quiet' | 'skeleton' | 'ready' {
  const [phase, setPhase] = useState<'quiet' | 'skeleton' | 'ready'>(isPending ? 'quiet' : 'ready');
  const shownAtMs = useRef(0);
  useEffect(() => {
    if (isPending) {
      const timer = setTimeout(() => {
        shownAtMs.current = performance.now();
        setPhase('skeleton');
      }, quietMs);
      return () => clearTimeout(timer);
    }
    const restMs = phase === 'skeleton' ? leastShownMs - (performance.now() - shownAtMs.current) : 0;
    const timer = setTimeout(() => setPhase('ready'), Math.max(0, restMs));
    return () => clearTimeout(timer);
  }, [isPending, phase]);
  // Data that arrived within the quiet time is shown in the same frame.
  return !isPending && phase === 'quiet' ? 'ready' : phase === 'ready' && isPending ? 'quiet' : phase;
}

/** Whatever was thrown, as something a person can read. */
export function asProblem(error: unknown): PlinthProblem {
  if (error instanceof PlinthProblem) return error;
  return new PlinthProblem(0, {
    code: 'unexpected',
    title: 'This page met a fault',
    detail: 'It is our fault, not yours.',
    advice: 'Try again. If it happens again, ask us for help.',
    retryable: true,
  });
}
