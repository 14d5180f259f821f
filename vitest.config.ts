import { defineConfig } from 'vitest/config';

const exclude = ['**/node_modules/**', '**/dist/**', 'tools/fixtures/**'];

export default defineConfig({
  test: {
    projects: [
      { test: { name: 'tools', include: ['tools/**/*.test.ts'], exclude, testTimeout: 30_000 } },
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
        },
      },
      {
        test: {
          name: 'system',
          include: ['test/**/*.test.ts'],
          exclude: [...exclude, 'test/journeys/**'],
          globalSetup: ['test/global-setup.ts'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
          fileParallelism: false,
        },
      },
      {
        test: {
          name: 'journeys',
          include: ['test/journeys/**/*.test.ts'],
          exclude,
          globalSetup: ['test/global-setup.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
