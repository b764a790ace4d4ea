/** Multiplies the default number of cases of a property by the depth of the test run (vitest.config.ts). */
import fc from 'fast-check'
import { depth } from './depth.ts'

fc.configureGlobal({ numRuns: 100 * depth })
