// A fault suite: it starts what it breaks, breaks it for a bounded time, and says in figures what became of it.
// `npm run test:chaos -- NAME` runs one; test/chaos.test.ts runs the short form of each.

export interface ChaosContext {
  /** One line of progress. */
  log: (line: string) => void;
  /** How long the fault is kept up; starting, settling and judging come on top. The short form has 4. */
  seconds: number;
  /** Of every choice the suite makes: the same seed makes the same faults. */
  seed: number;
  /** One of the suite's `parts`, alone; all of it when absent. */
  part?: string | undefined;
  /** A part of that part, by the beginning of what the suite calls its steps; '' = all of it. */
  within?: string | undefined;
}

export interface ChaosOutcome {
  /** Whether every promise held. What did not hold was logged, with ids. */
  ok: boolean;
  /** `{ acked: 1200, lost: 0 }` */
  figures: Record<string, number>;
}

/** One file `test/chaos/<name>.ts` exports one as `suite`. Loopback only; leaves no process and no database behind. */
export interface ChaosSuite {
  name: string;
  /** One sentence: which fault, and what must hold. */
  about: string;
  /** What can be run alone. */
  parts?: readonly string[];
  run: (context: ChaosContext) => Promise<ChaosOutcome>;
}
