/**
 * Items that are written in one transaction and read together can come from before and after it: DynamoDB isolates a
 * transaction from single reads, and not from BatchGetItem as a unit or from a query followed by reads (Amazon DynamoDB
 * Developer Guide, “Isolation levels for transactions”). Such items name each other's version, so that their reader notices.
 */
import { DomainError } from '../kernel/errors.ts'

/** Two items that belong together were read at different versions. */
export class TornRead extends Error {
  constructor() {
    super('items that belong together were read at different versions')
    this.name = 'TornRead'
  }
}

const attempts = 4

/**
 * Reads again after a TornRead: the transaction is over by then.
 * @throws DomainError busy when each attempt met another transaction; whatever else `read` throws
 */
export const readConsistently = async <T>(read: () => Promise<T>): Promise<T> => {
  for (let attempt = 1; attempt <= attempts; attempt++) {
    try {
      return await read()
    } catch (error) {
      if (!(error instanceof TornRead)) throw error
    }
  }
  throw new DomainError('busy', { retryAfterSeconds: 1 })
}
