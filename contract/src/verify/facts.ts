// Check `event-missing`: what was made or moved is told. It runs where the target shows its facts while a run lasts.

import type { Contract } from '../model/contract.ts';
import type { Exchange } from './exchange.ts';
import type { Trial } from './trial.ts';

/** A fact that the target told. */
export interface Fact {
  type: string;
  /** Id of the thing it is about. */
  subject: string;
}

/** Facts in the order they were told. */
export interface Facts {
  /** How many there are by now: what is asked about later was told after it. */
  mark(): number;
  /** Waits a moment for a fact that fits, among those after `since`. */
  told(since: number, fits: (fact: Fact) => boolean): Promise<boolean>;
}

/** Whether a contract says what is told at all. */
export function tellsFacts({ operations }: Contract): boolean {
  return operations.some(({ policy }) => policy.emits.length > 0);
}

/**
 * Fails the trial when a call that changed something told none of the facts it declares: one is enough, since an operation
 * may declare several ends. `state`: in which the thing is now. Not after an answer that only repeats an earlier one, or work that goes on.
 */
export async function mustTell(trial: Trial, exchange: Exchange, since: number, state = ''): Promise<void> {
  const { facts } = trial.bench;
  const { operation, answer, request, status, succeeded, text } = exchange;
  // `when` names a status or a state: such a fact is told then, and only then.
  const types = operation.policy.emits.flatMap(({ event, when }) =>
    when === undefined || when === String(status) || when === state ? [event] : [],
  );
  if (facts === undefined || types.length === 0 || !succeeded || status === 202) return;
  if (answer.headers['idempotent-replayed'] !== undefined || trial.bench.silent.has(operation)) return;
  const isAbout = (subject: string): boolean => text.includes(`"${subject}"`) || request.target.includes(subject);
  if (await facts.told(since, ({ type, subject }) => types.includes(type) && isAbout(subject))) return;
  // Each further miss would be waited for as long.
  trial.bench.silent.add(operation);
  trial.fail(exchange, {
    check: 'event-missing',
    message: `${operation.id} changes something and tells none of the facts it declares.`,
    expected: types.join(' or '),
    actual: 'nothing about it',
    at: 'emits',
  });
}
