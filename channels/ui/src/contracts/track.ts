import type { ContractStates } from './catalogue.ts';

export interface TrackStep {
  state: string;
  is: 'done' | 'current' | 'ahead';
}

const mostSteps = 12;

/**
 * The way of a thing through its states: how it came to `current`, then the way its contract names first. A state that
 * cannot be left (or is not in the contract) ends the way.
 */
export function trackOf(states: ContractStates, current: string): TrackStep[] {
  const behind = wayTo(states, current);
  const ahead: string[] = [];
  let state = current;
  while (ahead.length < mostSteps && !states.final.includes(state)) {
    const from = state;
    const next = states.moves.find((move) => move.from.includes(from))?.to;
    if (next === undefined || behind.includes(next) || ahead.includes(next)) break;
    ahead.push(next);
    state = next;
  }
  return [
    ...behind.slice(0, -1).map((name) => ({ state: name, is: 'done' as const })),
    { state: current, is: 'current' as const },
    ...ahead.map((name) => ({ state: name, is: 'ahead' as const })),
  ];
}

/** Shortest way from the initial state, both ends included. */
function wayTo(states: ContractStates, target: string): string[] {
  const ways: string[][] = [[states.initial]];
  const seen = new Set([states.initial]);
  for (const way of ways) {
    const last = way.at(-1);
    if (last === undefined || last === target) return way;
    for (const move of states.moves) {
      if (!move.from.includes(last) || seen.has(move.to)) continue;
      seen.add(move.to);
      ways.push([...way, move.to]);
    }
  }
  return [target];
}
