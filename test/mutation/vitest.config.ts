/** Runs the tests of the group in MUTATION_GROUP. Each mutant runs those of them that reach it. */
import { defineConfig } from 'vitest/config'
import { type GroupName, groups } from './groups.ts'

const { tests } = groups[process.env.MUTATION_GROUP as GroupName]

export default defineConfig({
  test: { include: [...tests], env: { POWERTOOLS_LOG_LEVEL: 'SILENT' } },
})
