import { type FieldError, type ProblemCode, problems } from './contract.ts'

interface ProblemDetails {
  detail?: string
  errors?: readonly FieldError[]
  /** Members of this kind of problem alone, such as `currentStatus`. */
  extra?: Readonly<Record<string, unknown>>
  headers?: Readonly<Record<string, string>>
}

/** What the caller is told went wrong. Anything else that is thrown becomes an `internal-error`. */
export class Problem extends Error {
  readonly code: ProblemCode
  readonly details: ProblemDetails

  constructor(code: ProblemCode, details: ProblemDetails = {}) {
    super(details.detail ?? problems[code].title)
    this.name = 'Problem'
    this.code = code
    this.details = details
  }
}

/** A request of which these fields are wrong. */
export const invalid = (...errors: readonly FieldError[]): Problem =>
  new Problem('invalid-request', { errors })

/** Lets a request pass of which nothing is wrong. @throws Problem invalid-request, naming all that is */
export const refuse = (errors: readonly FieldError[]): void => {
  if (errors.length > 0) throw invalid(...errors)
}

export const notFound = (): Problem => new Problem('not-found')
