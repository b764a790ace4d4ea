/** Headers that a write needs: If-Match and Idempotency-Key. */
import type { Fault } from '../../shared/kernel/errors.ts'
import { fault } from '../../shared/kernel/faults.ts'
import type { Operation } from '../../shared/kernel/operation.ts'
import type { ApiEvent } from './call.ts'
import { versionIn } from './etag.ts'

export interface Header<T> {
  readonly value: T | undefined
  readonly faults: readonly Fault[]
}

const ignored = { value: undefined, faults: [] }
const ifMatchPointer = 'header/if-match'
const keyPointer = 'header/idempotency-key'

/** Fault of a write without If-Match. If it is the only fault, the response is 428. */
const missingIfMatch = fault('required', ifMatchPointer)

/** Tests whether the only fault of a request is that If-Match is missing. */
export const lacksOnlyIfMatch = (faults: readonly Fault[]): boolean =>
  faults.length === 1 && faults[0] === missingIfMatch

/** Reads the version in the If-Match header. */
export const readVersion = ({ ifMatch }: Operation, { headers }: ApiEvent): Header<number> => {
  if (!ifMatch) return ignored
  const header = headers['if-match']
  if (header === undefined)
    return ifMatch === 'required' ? { value: undefined, faults: [missingIfMatch] } : ignored
  const value = versionIn(header)
  if (value !== undefined) return { value, faults: [] }
  const expected = 'the ETag of the last response, such as "3"'
  return { value, faults: [fault('invalid-format', ifMatchPointer, { expected })] }
}

export const readIdempotencyKey = ({ idempotent }: Operation, { headers }: ApiEvent): Header<string> => {
  if (!idempotent) return ignored
  const value = headers['idempotency-key']
  if (value === undefined) return { value, faults: [fault('required', keyPointer)] }
  if (/^[\x21-\x7e]{1,255}$/.test(value)) return { value, faults: [] }
  const expected = '1 to 255 visible ASCII characters, such as a UUID'
  return { value, faults: [fault('invalid-format', keyPointer, { expected })] }
}
