/** Headers that a write needs: If-Match and Idempotency-Key. */
import type { Fault } from '../../shared/kernel/errors.ts'
import { fault } from '../../shared/kernel/faults.ts'
import type { Operation } from '../../shared/kernel/operation.ts'
import type { ApiEvent } from './call.ts'
import { readTags, versionIn } from './etag.ts'

export interface Header<T> {
  readonly value: T | undefined
  readonly faults: readonly Fault[]
}

/** The versions that an If-Match header accepts. */
export interface ExpectedVersion {
  /** The version to try first. No resource has the version NaN, which stands for `*` and for tags without a version. */
  readonly version: number
  readonly accepts: (version: number) => boolean
}

const ignored = { value: undefined, faults: [] }
const ifMatchPointer = 'header/if-match'
const keyPointer = 'header/idempotency-key'

/** Fault of a write without If-Match. If it is the only fault, the response is 428. */
const missingIfMatch = fault('required', ifMatchPointer)

/** Tests whether the only fault of a request is that If-Match is missing. */
export const lacksOnlyIfMatch = (faults: readonly Fault[]): boolean =>
  faults.length === 1 && faults[0] === missingIfMatch

/** Reads the versions in the If-Match header: an ETag, a list of ETags, or `*` for any version. */
export const readExpectedVersion = (
  { ifMatch }: Operation,
  { headers }: ApiEvent,
): Header<ExpectedVersion> => {
  if (!ifMatch) return ignored
  const header = headers['if-match']
  if (header === undefined)
    return ifMatch === 'required' ? { value: undefined, faults: [missingIfMatch] } : ignored
  const tags = readTags(header)
  if (tags === '*') return { value: { version: Number.NaN, accepts: () => true }, faults: [] }
  if (tags) {
    const versions = tags.map(versionIn).filter(version => version !== undefined)
    const [version = Number.NaN] = versions
    return { value: { version, accepts: other => versions.includes(other) }, faults: [] }
  }
  return { value: undefined, faults: [fault('invalid-format', ifMatchPointer, { format: 'etag' })] }
}

export const readIdempotencyKey = ({ idempotent }: Operation, { headers }: ApiEvent): Header<string> => {
  if (!idempotent) return ignored
  const value = headers['idempotency-key']
  if (value === undefined) return { value, faults: [fault('required', keyPointer)] }
  if (/^[\x21-\x7e]{1,255}$/.test(value)) return { value, faults: [] }
  return { value, faults: [fault('invalid-format', keyPointer, { format: 'idempotency-key' })] }
}
