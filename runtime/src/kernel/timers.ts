// The only way to wait. Timers never keep the process alive, and every one can be stopped.

/** Calls `work` every `everyMs` until the returned function is called. */
export function repeat(everyMs: number, work: () => void): () => void {
  const timer = setInterval(work, everyMs);
  timer.unref();
  return () => clearInterval(timer);
}

/** Calls `work` once after `afterMs` (at most 24 days) unless the returned function is called before. */
export function later(afterMs: number, work: () => void): () => void {
  const timer = setTimeout(work, Math.min(Math.max(0, afterMs), 2_000_000_000));
  timer.unref();
  return () => clearTimeout(timer);
}

/** Resolves after `forMs`. */
export function pause(forMs: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, forMs);
  });
}
