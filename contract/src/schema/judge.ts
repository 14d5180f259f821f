// The closures an interpreted schema is made of, and how several of them judge one value.

import type { Faults, Wording } from './faults.ts';
import { type Check, type Node } from './ir.ts';
import { wordingOf } from './messages.ts';
import type { Seen } from './seen.ts';

/**
 * Whether a value is valid. `seen` gathers what was evaluated, for `unevaluated…` further out. With `faults` judging
 * goes on after a fault, and members that a failing schema names count as seen: their faults are told, not their
 * presence.
 */
export type Judge = (value: unknown, seen: Seen | undefined, faults: Faults | undefined) => boolean;

/** A node's judge, which is made at the first value. */
export interface Judged {
  judge: Judge;
}

export type JudgedOf = (node: Node) => Judged;

export const yes: Judge = () => true;

/** Says no, and with `faults` why: the words are made at the first fault. */
export function refuse(make: () => Wording): Judge {
  let wording: Wording | undefined;
  return (value, _seen, faults) => {
    faults?.add((wording ??= make()), value);
    return false;
  };
}

/** The judges of assertions. */
export function meets(node: Node, checks: readonly Check[]): Judge[] {
  return checks.map(({ keyword, expected, fits }) => {
    const no = refuse(() => wordingOf(node, { rule: keyword, keyword, expected }));
    const accepts = fits as (value: unknown) => boolean;
    return (value, seen, faults) => accepts(value) || no(value, seen, faults);
  });
}

/** All of them. `overlap`: several may say the same of one part of the value. */
export function sequence(judges: readonly Judge[], overlap: boolean): Judge {
  const [first = yes, second, ...more] = judges.filter((judge) => judge !== yes);
  if (!second) return first;
  if (more.length === 0 && !overlap)
    return (value, seen, faults) => {
      const valid = first(value, seen, faults);
      if (!valid && (faults === undefined || faults.isFull)) return false;
      return second(value, seen, faults) && valid;
    };
  const all = [first, second, ...more];
  return (value, seen, faults) => {
    if (faults !== undefined) return tellAll(all, { value, seen, faults, overlap });
    for (const judge of all) if (!judge(value, seen, undefined)) return false;
    return true;
  };
}

interface Telling {
  value: unknown;
  seen: Seen | undefined;
  faults: Faults;
  overlap: boolean;
}

function tellAll(judges: readonly Judge[], { value, seen, faults, overlap }: Telling): boolean {
  const start = faults.count;
  let valid = true;
  for (const judge of judges) {
    if (faults.isFull) break;
    const middle = faults.count;
    if (judge(value, seen, faults)) continue;
    valid = false;
    if (overlap && middle > start) faults.dropRepeated(start, middle);
  }
  return valid;
}
