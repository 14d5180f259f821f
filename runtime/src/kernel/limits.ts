// Bounds of the kernel and of work in general.

export const limits = {
  /** Parallel work items when a list is worked off (`mapLimited`). */
  fanOut: 8,
} as const;

/** Maps with at most `parallel` promises under way; results keep the order of items; the first failure rejects. */
export async function mapLimited<In, Out>(
  items: readonly In[],
  parallel: number,
  work: (item: In, index: number) => Promise<Out>,
): Promise<Out[]> {
  const results: Out[] = [];
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < items.length) {
      const index = next++;
      results[index] = await work(items[index] as In, index);
    }
  };
  await Promise.all(Array.from({ length: Math.min(parallel, items.length) }, lane));
  return results;
}

/** Of a stored file. */
export const fileLimits = {
  fileBytes: 10 * 1_048_576,
  /** Of a file that nobody has kept, from when it was begun: longer than any request. */
  looseS: 3_600,
} as const;
