/**
 * Detects torn reads: items of one transaction of which some are read before it and some after. DynamoDB isolates a
 * transaction from single reads, but not from a BatchGetItem as a whole, nor from a query followed by reads (Amazon DynamoDB
 * Developer Guide, “Isolation levels for transactions”). Such items store each other's version, which readers compare.
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
 * Repeats a read after a TornRead, without a pause, because the transaction has ended by then.
 * @throws DomainError busy when every attempt met another transaction; other errors of `read`
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
