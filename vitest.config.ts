import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    // Both of a small machine's cores: one file waits where another works.
    maxWorkers: 2,
    projects: [
      { test: { name: 'unit', include: ['test/unit/**/*.test.ts'] } },
      { test: { name: 'property', include: ['test/property/**/*.test.ts'], testTimeout: 60_000 } },
      { test: { name: 'infra', include: ['test/infra/**/*.test.ts'], isolate: false, testTimeout: 60_000 } },
      {
        test: {
          name: 'integration',
          include: ['test/integration/**/*.test.ts'],
          globalSetup: 'test/integration/cloud.ts',
          // All share one local cloud, and with it one clock.
          fileParallelism: false,
          testTimeout: 60_000,
        },
      },
    ],
  },
})
