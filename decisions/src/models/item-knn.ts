// Item-to-item neighbours by what people had together: cosine of co-occurrence, damped for small counts.
// sim(i, j) = n(i, j) / √(n(i) · n(j)) · n(i, j) / (n(i, j) + shrink). Source: Sarwar et al., WWW 2001; shrinkage as in
// Bell & Koren, ICDM 2007.

/** Person → the items they had. */
export type Baskets = ReadonlyMap<string, ReadonlySet<string>>;

export interface Neighbour {
  item: string;
  similarity: number;
  /** People who had both. */
  together: number;
}

export type ItemNeighbours = ReadonlyMap<string, readonly Neighbour[]>;

export interface KnnOptions {
  /** Neighbours kept an item. */
  keep?: number;
  /** A pair needs that many people, so that nobody's basket can be read off. */
  leastTogether?: number;
  shrink?: number;
}

/** Trains in one pass over the pairs of each basket; baskets of more than 200 items are cut. */
export function trainItemKnn(
  baskets: Baskets,
  { keep = 20, leastTogether = 5, shrink = 5 }: KnnOptions = {},
): ItemNeighbours {
  const counts = new Map<string, number>();
  const pairs = new Map<string, Map<string, number>>();
  for (const basket of baskets.values()) {
    const items = [...basket].toSorted().slice(0, 200);
    for (const item of items) counts.set(item, (counts.get(item) ?? 0) + 1);
    for (const left of items) {
      for (const right of items) {
        if (left === right) continue;
        let row = pairs.get(left);
        if (!row) pairs.set(left, (row = new Map()));
        row.set(right, (row.get(right) ?? 0) + 1);
      }
    }
  }
  const neighbours = new Map<string, readonly Neighbour[]>();
  for (const [item, row] of pairs) {
    const list: Neighbour[] = [];
    for (const [other, together] of row) {
      if (together < leastTogether) continue;
      const cosine = together / Math.sqrt((counts.get(item) ?? 1) * (counts.get(other) ?? 1));
      list.push({ item: other, together, similarity: cosine * (together / (together + shrink)) });
    }
    neighbours.set(
      item,
      list.toSorted((a, b) => b.similarity - a.similarity || (a.item < b.item ? -1 : 1)).slice(0, keep),
    );
  }
  return neighbours;
}

export interface Recommendation {
  item: string;
  score: number;
  /** The item of the person that speaks most for it. */
  because: string;
}

/** Items next to what the person had or looked at, best first; nothing they have already. */
export function recommend(
  neighbours: ItemNeighbours,
  seen: readonly { item: string; weight: number }[],
  had: ReadonlySet<string>,
  most: number,
): Recommendation[] {
  const scores = new Map<string, { score: number; because: string; best: number }>();
  for (const { item, weight } of seen) {
    for (const neighbour of neighbours.get(item) ?? []) {
      if (had.has(neighbour.item)) continue;
      const part = weight * neighbour.similarity;
      const known = scores.get(neighbour.item) ?? { score: 0, because: item, best: 0 };
      known.score += part;
      if (part > known.best) Object.assign(known, { best: part, because: item });
      scores.set(neighbour.item, known);
    }
  }
  return [...scores]
    .map(([item, { score, because }]) => ({ item, score, because }))
    .toSorted((a, b) => b.score - a.score || (a.item < b.item ? -1 : 1))
    .slice(0, most);
}
