// The position of a write: the greatest ordinal of the facts it left (events/outbox.ts). An answer tells it in
// `Plinth-Position`; a read that is given it waits for its projection (pipeline/stages/follow.ts).

import type { Answer } from '../pipeline/exchange.ts';

const name = 'Plinth-Position';

/** Up to 15 digits, which a number holds exactly. */
const digits = /^\d{1,15}$/;

/** Whoever writes, and calls what writes. */
export interface Positioned {
  /** The greatest so far; undefined = it left no fact. */
  position: number | undefined;
}

/** undefined = it is no position. */
export function positionIn(text: string): number | undefined {
  return digits.test(text) ? Number(text) : undefined;
}

/** Keeps the greater one. */
export function note(known: Positioned, position: number | undefined): void {
  if (position !== undefined) known.position = Math.max(position, known.position ?? position);
}

/** The same with what an invocation was answered with. */
export function noteAnswered(known: Positioned, headers: Readonly<Record<string, string>>): void {
  const said = headers['plinth-position'];
  if (said !== undefined) note(known, positionIn(said));
}

/** The answer with its header. Before it is stored: its repetitions tell the same. */
export function positioned(answer: Answer, position: number | undefined): Answer {
  if (position === undefined) return answer;
  return { ...answer, headers: [...answer.headers, name, String(position)] };
}
