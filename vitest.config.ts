import { defineConfig } from 'vitest/config'

/** What the program would log of the faults that are made on purpose is nobody's to read. */
const quiet = { POWERTOOLS_LOG_LEVEL: 'SILENT' }

export default defineConfig({
  test: {
    // Both of a small machine's cores: one file waits where another works.
    maxWorkers: 2,
    projects: [
      { test: { name: 'unit', include: ['test/unit/**/*.test.ts'], env: quiet } },
      {
        test: { name: 'property', include: ['test/property/**/*.test.ts'], testTimeout: 60_000, env: quiet },
      },
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
