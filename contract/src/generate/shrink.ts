// Makes a list of choices shorter and lower for as long as the test made from it fails in the same way.

/** Says whether the list still fails in the same way, and which of its choices were used. */
export type StillFails = (list: readonly number[]) => Promise<readonly number[] | undefined>;

export interface ShrinkLimits {
  /** Tests that may be made. */
  tries: number;
}

/**
 * The simplest list found. Takes out runs of choices (8, 4, 2, 1), then sets runs to 0, then halves single ones; again
 * until nothing helps or the tries are used up. `list` itself must fail.
 */
export async function shrink(
  list: readonly number[],
  fails: StillFails,
  { tries }: ShrinkLimits,
): Promise<readonly number[]> {
  let best = trimmed(list);
  let left = tries;
  const improve = async (candidate: readonly number[]): Promise<boolean> => {
    if (left <= 0 || !isSimpler(candidate, best)) return false;
    left -= 1;
    const used = await fails(candidate);
    if (used === undefined) return false;
    const next = trimmed(used);
    best = isSimpler(next, candidate) ? next : trimmed(candidate);
    return true;
  };
  // Everything at its simplest is often enough.
  await improve([]);
  for (let round = 0; round < rounds; round++) {
    const start = best;
    await lessOf(() => best, improve);
    await lowerOf(() => best, improve);
    if (best === start) break;
  }
  return best;
}

/** Passes over the list; each ends early when the tries are used up. */
const rounds = 8;

type Improve = (candidate: readonly number[]) => Promise<boolean>;

/** Runs of choices taken out, or set to 0. The end goes first: later choices depend on earlier ones. */
async function lessOf(best: () => readonly number[], improve: Improve): Promise<void> {
  for (let size = Math.max(1, best().length >> 1); size >= 1; size >>= 1) {
    for (let at = best().length - size; at >= 0; at -= size) {
      const list = best();
      if (await improve(list.toSpliced(at, size))) continue;
      await improve(list.map((value, index) => (index >= at && index < at + size ? 0 : value)));
    }
  }
}

async function lowerOf(best: () => readonly number[], improve: Improve): Promise<void> {
  for (let at = 0; at < best().length; at++) {
    let value = best()[at] ?? 0;
    while (value > 0 && (await improve(best().with(at, value >>> 1)))) value = best()[at] ?? 0;
  }
}

/** Zeros at the end say nothing: they are drawn anyway. */
function trimmed(list: readonly number[]): readonly number[] {
  return list.slice(0, list.findLastIndex((value) => value !== 0) + 1);
}

/** Shorter, or as long and lower at the first difference. */
function isSimpler(left: readonly number[], right: readonly number[]): boolean {
  const [one, two] = [trimmed(left), trimmed(right)];
  if (one.length !== two.length) return one.length < two.length;
  const at = one.findIndex((value, index) => value !== two[index]);
  return at >= 0 && (one[at] ?? 0) < (two[at] ?? 0);
}
