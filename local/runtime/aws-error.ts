/** How the emulated services say no. */

/** An error in AWS's words, which reaches the caller through the service's protocol. */
export class AwsError extends Error {
  readonly code: string
  readonly status: number

  constructor(code: string, message: string, status = 400) {
    super(message)
    this.name = code
    this.code = code
    this.status = status
  }
}
