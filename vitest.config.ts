import { defineConfig } from 'vitest/config';

const exclude = ['**/node_modules/**', '**/dist/**', 'tools/fixtures/**'];
/** Many tests wait more than they work: a processor for each worker, and none kept for the runner. */
const maxWorkers = '100%';

export default defineConfig({
  test: {
    projects: [
      { test: { name: 'tools', include: ['tools/**/*.test.ts'], exclude, testTimeout: 30_000, maxWorkers } },
      {
        test: {
          name: 'unit',
          include: [
            '{contract,runtime,decisions,conversation,capabilities,adapters,server,client,testing,channels}/**/*.test.{ts,tsx}',
          ],
          exclude: [...exclude, 'channels/*/test/**'],
          globalSetup: ['test/global-setup.ts'],
          // Whole public contracts are loaded in one test; on two busy cores that may take a while.
          testTimeout: 30_000,
          hookTimeout: 30_000,
          maxWorkers,
        },
      },
      {
        test: {
          name: 'system',
          include: ['test/**/*.test.ts'],
          exclude: [...exclude, 'test/chaos.test.ts', 'test/journeys/**'],
          globalSetup: ['test/global-setup.ts', 'test/pages-setup.ts'],
          testTimeout: 120_000,
          hookTimeout: 60_000,
          maxWorkers,
        },
      },
      {
        test: {
          name: 'chaos',
          include: ['test/chaos.test.ts'],
          exclude,
          globalSetup: ['test/global-setup.ts'],
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'journeys',
          include: ['test/journeys/**/*.test.ts'],
          exclude,
          globalSetup: ['test/global-setup.ts', 'test/pages-setup.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          // A page must show no fault, and a platform whose processors are taken refuses what can wait.
          fileParallelism: false,
        },
      },
    ],
  },
});
