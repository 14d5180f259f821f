// Ours and another's under the same load, one right after the other, again and again: the median of these pairs is the
// ratio. The speed of a shared machine drifts by more than what is asked, but little from one moment to the next.

export interface Pair<Sample> {
  ours: Sample;
  theirs: Sample;
}

/** In odd rounds theirs is first, so that none always runs on what the other left. */
export async function inPair<Sample>(
  round: number,
  { ours, theirs }: Pair<() => Promise<Sample>>,
): Promise<Pair<Sample>> {
  if (round % 2 === 0) return { ours: await ours(), theirs: await theirs() };
  const first = await theirs();
  return { ours: await ours(), theirs: first };
}

/** Median, three decimals, of what each pair says. */
export function medianOf<Sample>(pairs: readonly Sample[], number: (pair: Sample) => number): number {
  const sorted = pairs.map(number).toSorted((left, right) => left - right);
  const middle = sorted.length >> 1;
  const value =
    sorted.length % 2 === 1
      ? (sorted[middle] as number)
      : ((sorted[middle - 1] as number) + (sorted[middle] as number)) / 2;
  return Math.round(value * 1000) / 1000;
}
