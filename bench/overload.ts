// What is left of the platform when more is asked of it than it can do: 1, 2, 5 and 10 times its capacity, open loop,
// through the generated client. Ratios of one run; on a busy machine read `Cpu`.

import { usualDatabase } from './edge/store.ts';
import { measure, type MeasuredPhase } from './overload/measure.ts';
import type { BenchOptions, BenchResult } from './run.ts';

const bars: Readonly<Record<string, number>> = {
  goodput2Cpu: 0.97,
  goodput5Cpu: 0.88,
  goodput10Cpu: 0.75,
  critical2: 0.999,
  critical5: 0.999,
  critical10: 0.999,
};
const mostRecoveryS = 5;

/** Options: `--seconds N` of each phase (6), `--multiples 1,2,5,10`. */
export async function run({ args, say }: BenchOptions): Promise<BenchResult> {
  const option = (name: string, fallback: string): string => {
    const at = args.indexOf(`--${name}`);
    return at < 0 ? fallback : (args[at + 1] ?? fallback);
  };
  const seconds = Number(option('seconds', '6'));
  const multiples = option('multiples', '1,2,5,10').split(',').map(Number);
  const databaseUrl = process.env['DATABASE_URL'] ?? usualDatabase;
  const { capacity, easy, phases } = await measure({ databaseUrl, multiples, seconds, say });
  const figures: Record<string, number> = { capacity: Math.round(capacity), easyP99Ms: round(easy.p99Ms) };
  for (const phase of phases) Object.assign(figures, figuresOf(phase, easy.p99Ms));
  const failed = Object.entries(bars)
    .filter(([name, bar]) => figures[name] !== undefined && figures[name] < bar)
    .map(([name, bar]) => `${name} is ${figures[name]}, the bar is ${bar}`);
  for (const { multiple } of phases) {
    const recoveryS = figures[`recoveryS${multiple}`] as number;
    if (recoveryS > mostRecoveryS) failed.push(`recoveryS${multiple} is ${recoveryS}, the bar is ${mostRecoveryS}`);
  }
  return { figures, failed, phases, settings: { seconds, multiples, node: process.version } };
}

function figuresOf(phase: MeasuredPhase, easyP99Ms: number): Record<string, number> {
  const { multiple, load, after, goodput, goodputByCpu, shares } = phase;
  const { critical, burn } = load.tallies;
  const offered = Object.values(load.tallies).reduce((sum, tally) => sum + tally.offered, 0);
  // Twice the easy p99, or 10 ms more: a queue that has gone, on a machine where others work too.
  const normalMs = Math.max(easyP99Ms * 2, easyP99Ms + 10);
  const lastBad = after.p99BySecond.findLastIndex((ms) => ms > normalMs);
  return {
    [`goodput${multiple}`]: round(goodput),
    [`goodput${multiple}Cpu`]: round(goodputByCpu),
    [`critical${multiple}`]: Math.round((critical.good / critical.offered) * 10_000) / 10_000,
    [`others${multiple}`]: round(burn.good / burn.offered),
    [`late${multiple}`]: round((critical.late + burn.late) / offered),
    [`amplification${multiple}`]: round(load.sent / offered),
    [`p99Ms${multiple}`]: round(load.p99Ms),
    [`recoveryS${multiple}`]: lastBad + 1,
    [`lateness${multiple}P99Ms`]: round(load.latenessP99Ms),
    [`generator${multiple}Share`]: round(shares.generator),
    [`server${multiple}Share`]: round(shares.server),
    [`database${multiple}Share`]: round(shares.database),
  };
}

function round(value: number): number {
  return Math.round(value * 1_000) / 1_000;
}
