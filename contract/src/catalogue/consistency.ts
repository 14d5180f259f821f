// How alike the contracts are made: for each matter the share of every style, and the odd ones out with their places.

import type { Contract, Position } from '../model/contract.ts';
import type { Newest } from './entries.ts';
import { type Matter, matters, type Sighting } from './styles.ts';

export interface StyleShare {
  style: string;
  count: number;
  /** 0–1 of all sightings of the matter. */
  share: number;
}

export interface Consistency {
  matter: Matter;
  /** The most frequent style; undefined when the matter is settled nowhere. */
  usual?: string;
  /** Share of the usual style, 0–1: what is left undone counts against it. */
  share: number;
  styles: StyleShare[];
  /** The most frequent style of each capability that has the matter at all. */
  capabilities: { capability: string; style: string; share: number }[];
  /** What is in another style than usual in its own capability; the rarest first: likely a slip, not a choice. */
  odd: Odd[];
}

/** One style in one capability that is not the usual one there (where it has one, else anywhere). */
export interface Odd {
  capability: string;
  style: string;
  usual: string;
  count: number;
  /** 0–1 of all sightings of the matter in the capability. */
  share: number;
  /** The first of them, at most `mostPlaces`. */
  places: { what: string; at: Position }[];
}

/** Places listed of one odd style. */
export const mostPlaces = 20;

type Seen = Sighting & { capability: string; contract: Contract };

/** One entry for each matter that is seen at all. */
export function consistencyOf(all: readonly Newest[]): Consistency[] {
  return Object.entries(matters).flatMap(([matter, look]) => {
    const seen = all.flatMap(({ capability, contract }) =>
      look(contract).map((sighting): Seen => ({ ...sighting, capability: capability.id, contract })),
    );
    if (seen.length === 0) return [];
    const usual = usualOf(seen);
    const groups = [...Map.groupBy(seen, ({ capability }) => capability)];
    return [
      {
        matter: matter as Matter,
        ...(usual ? { usual: usual.style } : {}),
        share: usual?.share ?? 0,
        styles: sharesOf(seen),
        capabilities: groups.flatMap(([capability, own]) => {
          const [first] = sharesOf(own);
          return first ? [{ capability, style: first.style, share: first.share }] : [];
        }),
        odd: groups.flatMap(([, own]) => oddOnes(own, usual?.style)).toSorted((a, b) => a.share - b.share),
      },
    ];
  });
}

function oddOnes(own: readonly Seen[], elsewhere: string | undefined): Odd[] {
  const usual = (own.length > 1 ? usualOf(own)?.style : undefined) ?? elsewhere;
  if (usual === undefined) return [];
  const groups = [...Map.groupBy(own, ({ style }) => style)].filter(([style]) => style !== usual);
  return groups.map(([style, group]) => ({
    capability: group[0]?.capability ?? '',
    style,
    usual,
    count: group.length,
    share: group.length / own.length,
    places: group.slice(0, mostPlaces).map(({ what, node, contract }) => ({ what, at: contract.at(node) })),
  }));
}

/** The most frequent style that settles anything. */
function usualOf(seen: readonly Sighting[]): StyleShare | undefined {
  const gaps = new Set(seen.filter(({ gap }) => gap).map(({ style }) => style));
  return sharesOf(seen).find(({ style }) => !gaps.has(style));
}

function sharesOf(seen: readonly Sighting[]): StyleShare[] {
  const groups = [...Map.groupBy(seen, ({ style }) => style)];
  return groups
    .map(([style, group]) => ({ style, count: group.length, share: group.length / seen.length }))
    .toSorted((a, b) => b.count - a.count || (a.style < b.style ? -1 : 1));
}
