/** The budgets of the functions' bundles. The bench and test/infra/bundle-sizes.test.ts check them. */
import type { FunctionName } from '../infra/function.ts'

/** `api` and `site` answer requests that someone waits for; a `worker` stands behind a queue or a stream. */
export type FunctionClass = 'api' | 'site' | 'worker'

export interface Budget {
  readonly bytes: number
  /** The limit of the init time, as a multiple of the init time of a bare DynamoDB client. */
  readonly initTimesFloor?: number
}

export const budgets: Readonly<Record<FunctionClass, Budget>> = {
  api: { bytes: 520_000, initTimesFloor: 1.5 },
  site: { bytes: 600_000 },
  worker: { bytes: 650_000 },
}

/** A new function does not compile until it has a class here. */
export const classes: Readonly<Record<FunctionName, FunctionClass>> = {
  'customer-api': 'api',
  'partner-api': 'api',
  'operator-api': 'api',
  'open-api': 'api',
  pages: 'site',
  'publish-events': 'worker',
  'arm-timers': 'worker',
  'suggest-partners': 'worker',
  'send-mail': 'worker',
  'send-digests': 'worker',
  'record-mail-feedback': 'worker',
  'update-reputation': 'worker',
  'on-timer': 'worker',
  'sweep-overdue': 'worker',
}

/** Throws for a function that the table does not know. */
export const classOf = (name: string): FunctionClass => {
  const found = (classes as Readonly<Record<string, FunctionClass>>)[name]
  if (!found) throw new Error(`bench/budgets.ts has no class for the function ${name}`)
  return found
}

export const budgetOf = (name: string): Budget => budgets[classOf(name)]
