// Which of many sets are alike: Jaccard similarity at or above a bound, without comparing each with each.
// Two sets that are alike share one of their rarest members (prefix filter), so only those that do are compared.

export interface Like {
  /** Index of the other set. */
  other: number;
  /** 0–1. */
  similarity: number;
}

/** For each set the later and earlier ones alike, best first. Empty sets are like nothing. `least` above 0, at most 1. */
export function likeSets(sets: readonly ReadonlySet<string>[], least: number): Like[][] {
  const frequency = frequencies(sets);
  const found: Like[][] = sets.map(() => []);
  const holders = new Map<string, number[]>();
  for (const [index, set] of sets.entries()) {
    const rarest = [...set].toSorted((a, b) => (frequency.get(a) ?? 0) - (frequency.get(b) ?? 0) || (a < b ? -1 : 1));
    const prefix = rarest.slice(0, set.size - Math.ceil(least * set.size) + 1);
    for (const other of new Set(prefix.flatMap((member) => holders.get(member) ?? []))) {
      const similarity = jaccard(set, sets[other] ?? new Set());
      if (similarity < least) continue;
      found[index]?.push({ other, similarity });
      found[other]?.push({ other: index, similarity });
    }
    for (const member of prefix) push(holders, member, index);
  }
  for (const list of found) list.sort((a, b) => b.similarity - a.similarity || a.other - b.other);
  return found;
}

/** How many sets hold each member. */
export function frequencies(sets: readonly ReadonlySet<string>[]): Map<string, number> {
  const frequency = new Map<string, number>();
  for (const set of sets) for (const member of set) frequency.set(member, (frequency.get(member) ?? 0) + 1);
  return frequency;
}

/** Share of common members among all members; 1 for two empty sets. */
export function jaccard(a: ReadonlySet<string>, b: ReadonlySet<string>): number {
  if (a.size === 0 && b.size === 0) return 1;
  const [small, large] = a.size <= b.size ? [a, b] : [b, a];
  let common = 0;
  for (const member of small) if (large.has(member)) common += 1;
  return common / (a.size + b.size - common);
}

/**
 * Groups around a centre: the set with most others alike takes them, then the next of what is left. Everything in a group is
 * like its centre; nothing is in two groups.
 */
export function families(found: readonly Like[][]): { centre: number; members: Like[] }[] {
  const taken = new Set<number>();
  const order = [...found.keys()].toSorted((a, b) => (found[b]?.length ?? 0) - (found[a]?.length ?? 0) || a - b);
  return order.flatMap((centre) => {
    if (taken.has(centre)) return [];
    const members = (found[centre] ?? []).filter(({ other }) => !taken.has(other));
    if (members.length === 0) return [];
    for (const index of [centre, ...members.map(({ other }) => other)]) taken.add(index);
    return [{ centre, members }];
  });
}

function push(map: Map<string, number[]>, key: string, value: number): void {
  const list = map.get(key);
  if (list) list.push(value);
  else map.set(key, [value]);
}
