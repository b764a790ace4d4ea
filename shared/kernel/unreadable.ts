/** Errors for content that does not match its schema, in one line for logs and for attributes of messages. */

/** One mismatch, as zod reports it. */
export interface Issue {
  readonly path: readonly PropertyKey[]
  readonly code: string
}

/**
 * Returns `<what> cannot be read: <field>: <code>; <field>: <code>`. It contains no values, because they can be personal
 * data.
 * @param what names the content, such as `the message`
 */
export const unreadable = (what: string, issues: readonly Issue[]): string =>
  oneLine(`${what} cannot be read: ${issues.map(describeIssue).join('; ')}`)

const describeIssue = ({ path, code }: Issue): string => `${path.map(String).join('.') || 'content'}: ${code}`

/** Replaces line breaks and other control characters, which attributes of SQS messages cannot hold. */
export const oneLine = (text: string): string => text.replace(/[\p{Cc}\s]+/gu, ' ').trim()

/** Content that does not match its schema. The message has names of fields and no values. */
export abstract class Unreadable extends Error {
  constructor(what: string, issues: readonly Issue[]) {
    super(unreadable(what, issues))
  }
}
