/** The program's numbers. A referral keeps the version of the policy that it was born with. */
import * as z from 'zod/mini'

const duration = z.string().check(z.regex(/^P(?=\d|T\d)(\d+D)?(T(?=\d)(\d+H)?(\d+M)?(\d+S)?)?$/))

const policy = z.strictObject({
  version: z.int().check(z.gte(1)),
  /** Within this time a referral must be answered, else it expires. */
  responseTime: duration,
  /** The longest response time that an operator may set on an RFI. */
  longestResponseTime: duration,
  /** The answer time that partners are advised to keep. */
  recommendedAnswerTime: duration,
  /** For this long a request for direct contact is hot. */
  urgentTime: duration,
  /** How many partners one RFI may go to. */
  mostRecipients: z.int().check(z.gte(1), z.lte(20)),
  /** For this long a customer's link to its RFI works. */
  trackingTime: duration,
})
export type Policy = z.infer<typeof policy>
