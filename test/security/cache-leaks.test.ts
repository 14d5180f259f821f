// The suite `cache-leaks` sees a leak when there is one.

import { expect, it } from 'vitest';
import { walk } from '../chaos/cache-leaks.ts';

it('a cache that gives one person’s answer to another is seen', async () => {
  const { ok, figures } = await walk({ seconds: 1, seed: 2, log: () => undefined }, true);
  expect(ok).toBe(false);
  expect(figures['foreign']).toBeGreaterThan(0);
});
