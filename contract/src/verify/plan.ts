// Which tests a contract asks for. A plan is made once and may run against any number of targets.

import { createGenerator } from '../generate/instance.ts';
import type { Contract, Operation } from '../model/contract.ts';
import { authorizationJobs } from './authorization.ts';
import { Builder } from './builder.ts';
import { type Check, checks } from './checks.ts';
import { coverageJobs } from './coverage.ts';
import { exampleJobs } from './examples.ts';
import { protocolJobs } from './protocol.ts';
import { negativeJobs, positiveJobs } from './random.ts';
import { statefulJobs } from './stateful.ts';
import type { Trial } from './trial.ts';
import { Wire } from './wire.ts';

export const phases = [
  'examples',
  'coverage',
  'positive',
  'negative',
  'stateful',
  'authorization',
  'protocol',
] as const;
export type Phase = (typeof phases)[number];

export interface PlanOptions {
  /** Default: all. */
  phases?: readonly Phase[];
  /** Default: all. */
  checks?: readonly Check[];
  /** operationIds; default: all. */
  operations?: readonly string[];
  /** Random requests for each operation and phase; default 100. */
  cases?: number;
  /** Send reads only. */
  safe?: boolean;
  /** Call destructive operations too. */
  destructive?: boolean;
  /** Run the authorization phase; a target that lets everybody in on purpose (a mock) has none. Default true. */
  secured?: boolean;
  /** Call operations that have a server of their own, as a mock answers them too. Default false, unless they are named. */
  elsewhere?: boolean;
}

/** Tests of one phase about one operation. They run one after another and share what they made. */
export interface Job {
  phase: Phase;
  operation: Operation;
  cases: number;
  /** Runs when no other job does: it judges things that others may change meanwhile. */
  alone?: boolean;
  test(trial: Trial, index: number): Promise<void>;
}

export interface TestPlan {
  contract: Contract;
  options: Required<Omit<PlanOptions, 'operations'>>;
  operations: Operation[];
  /** Operations left out, and why. */
  skipped: { operation: string; reason: string }[];
  jobs: Job[];
  /** Keys of the constraints that will be tried, for the coverage report. */
  constraints: ReadonlyMap<Operation, ReadonlySet<string>>;
}

/** Plans the tests of a contract. Nothing is sent. */
export function plan(contract: Contract, options: PlanOptions = {}): TestPlan {
  const all: TestPlan['options'] = {
    phases: options.phases ?? phases,
    checks: options.checks ?? (Object.keys(checks) as Check[]),
    cases: options.cases ?? 100,
    safe: options.safe ?? false,
    destructive: options.destructive ?? false,
    secured: options.secured ?? true,
    elsewhere: (options.elsewhere ?? false) || options.operations !== undefined,
  };
  const skipped: TestPlan['skipped'] = [];
  const operations = contract.operations.filter((operation) => {
    if (options.operations && !options.operations.includes(operation.id)) return false;
    const reason = reasonToSkip(operation, all) ?? elsewhere(operation, contract, all);
    if (reason !== undefined) skipped.push({ operation: operation.id, reason });
    return reason === undefined;
  });
  const planning = { contract, operations, cases: all.cases, secured: all.secured, builder: builderOf(contract) };
  const { jobs: coverage, constraints } = coverageJobs(planning);
  const jobs = all.phases.flatMap((phase) => (phase === 'coverage' ? coverage : makers[phase](planning)));
  return { contract, options: all, operations, skipped, jobs, constraints };
}

function reasonToSkip({ policy }: Operation, { safe, destructive }: TestPlan['options']): string | undefined {
  if (safe && policy.effect !== 'read') return 'changes something; --safe sends reads only';
  if (!destructive && policy.effect === 'destructive') return 'is destructive; --allow-destructive calls it';
  return undefined;
}

/** The target is one server; what another one answers would look wrong there. */
function elsewhere(
  { servers: [own] }: Operation,
  { servers: [usual] }: Contract,
  options: TestPlan['options'],
): string | undefined {
  if (options.elsewhere || own === undefined || own.url === usual?.url) return undefined;
  return `stands at ${own.url}; --operations with that --base-url calls it`;
}

export interface Planning {
  contract: Contract;
  operations: readonly Operation[];
  cases: number;
  secured: boolean;
  /** Values for finding out what there is to test; those of a run are others. */
  builder: Builder;
}

function builderOf(contract: Contract): Builder {
  const now = Temporal.Instant.from('2000-01-01T00:00:00Z');
  const generator = createGenerator({ document: contract.document, seed: 1, now });
  return new Builder({ contract, wire: new Wire(contract), generator, now });
}

const makers: Record<Exclude<Phase, 'coverage'>, (planning: Planning) => Job[]> = {
  examples: exampleJobs,
  positive: positiveJobs,
  negative: negativeJobs,
  stateful: statefulJobs,
  authorization: authorizationJobs,
  protocol: protocolJobs,
};
