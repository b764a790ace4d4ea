/** Partial batch responses: the items of a batch that a function reports as failed. */
import type { InvocationResult } from '../../runtime/execution-environment.ts'

/** True when a mapping accepts reports about single items. */
export const reportsFailures = ({ FunctionResponseTypes }: Readonly<Record<string, unknown>>): boolean =>
  ((FunctionResponseTypes ?? []) as string[]).includes('ReportBatchItemFailures')

/**
 * The failed items of a batch. As in AWS, all items fail when the response cannot be read or names an item that is not
 * in the batch.
 */
export const failedItems = (
  result: InvocationResult,
  items: readonly string[],
  reporting: boolean,
): ReadonlySet<string> => {
  const all = new Set(items)
  if (!result.ok) return all
  if (!reporting) return new Set()
  const { batchItemFailures } = (result.payload ?? {}) as { batchItemFailures?: unknown }
  if (batchItemFailures === undefined || batchItemFailures === null) return new Set()
  if (!Array.isArray(batchItemFailures)) return all
  const failed = batchItemFailures.map(failure => String(failure?.itemIdentifier ?? ''))
  return failed.every(id => all.has(id)) ? new Set(failed) : all
}
