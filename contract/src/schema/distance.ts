// "Did you mean": the closest of some names.

/** The closest of `names` within edit distance 2 (1 for names of up to four letters). */
export function nearest(name: string, names: readonly string[]): string | undefined {
  const limit = name.length <= 4 ? 1 : 2;
  const wanted = name.toLowerCase();
  let best: string | undefined;
  let least = limit + 1;
  for (const other of names) {
    const distance = editDistance(wanted, other.toLowerCase(), limit);
    if (distance >= least) continue;
    best = other;
    least = distance;
  }
  return best;
}

/** Levenshtein distance, given up beyond `limit` (then limit + 1). */
function editDistance(left: string, right: string, limit: number): number {
  if (Math.abs(left.length - right.length) > limit || left.length > 64) return limit + 1;
  let row = Array.from({ length: right.length + 1 }, (_, index) => index);
  for (let i = 1; i <= left.length; i++) {
    const next = [i];
    for (let j = 1; j <= right.length; j++) {
      const same = left[i - 1] === right[j - 1] ? 0 : 1;
      next[j] = Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, (row[j - 1] ?? 0) + same);
    }
    row = next;
  }
  return row[right.length] ?? limit + 1;
}
