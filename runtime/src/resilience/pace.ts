// How long an operation usually takes: a running median, so that work is not begun that cannot end in time.

/** The estimate moves by this part of itself with every observation: it follows a change within about a hundred. */
const stepShare = 0.02;
const leastStepMs = 0.01;

/** Median by stochastic approximation (Robbins and Monro, 1951): a step up or down for each observation beyond or below. */
export class Pace {
  /** Milliseconds that half of the calls take; 0 before the first. */
  medianMs = 0;

  note(durationMs: number): void {
    if (this.medianMs === 0) this.medianMs = durationMs;
    const step = Math.max(leastStepMs, this.medianMs * stepShare);
    this.medianMs = Math.max(leastStepMs, this.medianMs + (durationMs > this.medianMs ? step : -step));
  }
}
