/** Budgets of the function bundles, checked by the benchmark and by test/infra/bundle-sizes.test.ts. */
import type { FunctionName } from '../infra/function.ts'

/**
 * `api` and `site` functions serve requests of people; the `document` function serves the OpenAPI document; a `worker` reads a
 * queue or a stream.
 */
export type FunctionClass = 'api' | 'site' | 'document' | 'worker'

export interface Budget {
  readonly bytes: number
  /** Maximum init time, as a multiple of the init time of a bare DynamoDB client. */
  readonly initTimesFloor?: number
}

export const budgets: Readonly<Record<FunctionClass, Budget>> = {
  // operator-api (532 KB) has the contracts of all lists, of the lookup, and of policy and taxonomy.
  api: { bytes: 560_000, initTimesFloor: 1.7 },
  site: { bytes: 600_000 },
  // open-api has the OpenAPI document (424 KB), which grows with each operation.
  document: { bytes: 700_000 },
  // send-mail (687 KB) and send-digests (681 KB) hold all mails with their English texts; other languages are files. No other
  // worker has more than 460 KB.
  worker: { bytes: 720_000 },
}

/** A new function does not compile without a class here. */
export const classes: Readonly<Record<FunctionName, FunctionClass>> = {
  'customer-api': 'api',
  'partner-api': 'api',
  'operator-api': 'api',
  'open-api': 'document',
  pages: 'site',
  'publish-events': 'worker',
  'arm-timers': 'worker',
  'suggest-partners': 'worker',
  'send-mail': 'worker',
  'send-digests': 'worker',
  'record-mail-feedback': 'worker',
  'update-reputation': 'worker',
  'update-lookup': 'worker',
  'on-timer': 'worker',
  'sweep-overdue': 'worker',
}

/** Returns the class of a function. @throws Error for an unknown function */
export const classOf = (name: string): FunctionClass => {
  const found = (classes as Readonly<Record<string, FunctionClass>>)[name]
  if (!found) throw new Error(`bench/budgets.ts has no class for the function ${name}`)
  return found
}

export const budgetOf = (name: string): Budget => budgets[classOf(name)]
