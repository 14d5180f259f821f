// Answers of one judging: a node that many ways lead to is asked once for each value.

import type { Fault } from './faults.ts';
import type { Judge } from './judge.ts';
import { Seen } from './seen.ts';

interface Answer {
  valid: boolean;
  seen: Seen | undefined;
  faults: readonly Fault[];
}

/** By node and by the value, or by its place where faults are told: those of equal values elsewhere are others. */
type Answers = Map<Judge, Map<unknown, Answer>>;

const none: Answers = new Map();
let told = none;
let untold = none;

/** Forgets the answers of the judging before: values are changed and judged again. */
export function forget(): void {
  if (told !== none) told = none;
  if (untold !== none) untold = none;
}

/** A judge that answers from memory what it was asked before in the same judging. */
export function remembering(judge: Judge): Judge {
  return (value, seen, faults) => {
    let answers: Answers;
    if (faults) answers = told === none ? (told = new Map()) : told;
    else answers = untold === none ? (untold = new Map()) : untold;
    let ofNode = answers.get(judge);
    if (!ofNode) answers.set(judge, (ofNode = new Map()));
    const key = faults ? faults.place : value;
    let answer = ofNode.get(key);
    if (answer && (!seen || answer.seen)) faults?.again(answer.faults);
    else {
      const own = seen && new Seen();
      const start = faults?.count ?? 0;
      const valid = judge(value, own, faults);
      answer = { valid, seen: own, faults: faults?.since(start) ?? [] };
      ofNode.set(key, answer);
    }
    if (seen && answer.seen) seen.absorb(answer.seen);
    return answer.valid;
  };
}
