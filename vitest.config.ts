import { defineConfig } from 'vitest/config'

/** Suppresses the logs of faults that tests cause on purpose. */
const env = { POWERTOOLS_LOG_LEVEL: 'SILENT' }

/**
 * Milliseconds. The slowest test takes a minute; the rest is for a machine that is busy with other work. A limit only
 * ends a test that hangs.
 */
const limits = { testTimeout: 600_000, hookTimeout: 600_000 }

/** `npm run test:all` runs random tests this many times as often as `npm test`. */
const sweepDepth = 5

/** Pure rules: what they decide is specified by unit tests. `npm run coverage` holds them to the thresholds. */
const rules = [
  'shared/**/rules.ts',
  'shared/referrals/referral/{deadlines,effects,repeat,status,transitions}.ts',
  'shared/search/{answer-time,decay,exclusion,observations,ranking}.ts',
  'shared/time/*.ts',
]

const property = {
  setupFiles: 'test/property/setup.ts',
  env,
  ...limits,
}

export default defineConfig(({ mode }) => ({
  test: {
    // The number of cores of a small machine.
    maxWorkers: 2,
    teardownTimeout: 120_000,
    coverage: {
      provider: 'v8',
      include: rules,
      reporter: ['text', 'html'],
      thresholds: { statements: 97, branches: 88, functions: 97, lines: 98 },
    },
    projects: [
      { test: { name: 'unit', include: ['test/unit/**/*.test.ts'], env, ...limits } },
      {
        test: {
          name: 'property',
          include: ['test/property/**/*.test.ts'],
          provide: { depth: 1 },
          ...property,
        },
      },
      { test: { name: 'infra', include: ['test/infra/**/*.test.ts'], isolate: false, ...limits } },
      {
        test: {
          name: 'integration',
          include: ['test/integration/**/*.test.ts'],
          globalSetup: 'test/integration/cloud.ts',
          // All files share one local cloud, and with it one clock.
          fileParallelism: false,
          ...limits,
        },
      },
      {
        test: {
          name: 'guide',
          include: ['test/guide/**/*.test.ts'],
          provide: { writesOutputs: mode === 'write' },
          ...limits,
        },
      },
      // The same files as in `property`, without the tests that are not random.
      ...(mode === 'all'
        ? [
            {
              test: {
                name: 'sweeps',
                include: ['test/property/**/*.test.ts'],
                exclude: ['**/fault-sweep.test.ts', '**/search-relevance.test.ts'],
                provide: { depth: sweepDepth },
                ...property,
              },
            },
          ]
        : []),
    ],
  },
}))
