/**
 * Partial batch responses: which items of a batch a function says that it did not handle.
 */
import type { InvocationResult } from '../../runtime/execution-environment.ts'

/** Whether a mapping lets its function report single items. */
export const reportsFailures = ({ FunctionResponseTypes }: Readonly<Record<string, unknown>>): boolean =>
  ((FunctionResponseTypes ?? []) as string[]).includes('ReportBatchItemFailures')

/**
 * The items of a batch that were not handled. As in AWS, an answer that cannot be read, or that names an item
 * which is not of the batch, fails all of it.
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
