/** The tests that specify the rules under mutation. Each mutant runs those of them that reach it. */
import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: [
      'test/unit/calendar.test.ts',
      'test/unit/contacts.test.ts',
      'test/unit/lifecycle.test.ts',
      'test/unit/policy.test.ts',
      'test/unit/recipients.test.ts',
      'test/unit/reopening.test.ts',
      'test/unit/timer.test.ts',
      'test/unit/views.test.ts',
      'test/unit/search/ranking.test.ts',
    ],
    env: { POWERTOOLS_LOG_LEVEL: 'SILENT' },
  },
})
