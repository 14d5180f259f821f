// A law of a port as data: adapters' tests run it, so this package needs no test runner.

/** One numbered law. `check` rejects (with node:assert's error) when an adapter breaks it. */
export interface Law {
  /** `1. transaction commits all or nothing`: number and words of the port's docstring. */
  name: string;
  check: () => Promise<void>;
}

/** Waits until `holds` gives something, at most `withinMs`, and gives that; rejects with `what` otherwise. */
export async function eventually<Value>(
  what: string,
  withinMs: number,
  holds: () => Value | Promise<Value>,
): Promise<Exclude<Value, false | undefined>> {
  const end = performance.now() + withinMs;
  for (;;) {
    const value = await holds();
    if (value !== false && value !== undefined) return value as Exclude<Value, false | undefined>;
    if (performance.now() > end) throw new Error(`not within ${withinMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
