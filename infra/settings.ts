/**
 * What an operator may set, as CDK context: in `cdk.json` or with `cdk deploy -c name=value`.
 *
 * | Context | Default | Means |
 * |---|---|---|
 * | `mailFrom` | set in `cdk.json` | address that mail is sent from; SES must have verified it or its domain |
 * | `mailIdentity` | the domain of `mailFrom` | the verified SES identity that `mailFrom` belongs to |
 * | `publicUrl` | the API's own endpoint | https origin that links in mails and answers start with |
 * | `oidcIssuer`, `oidcAudience` | a Cognito user pool | members sign in there instead; audiences comma-separated |
 * | `partnerClaim` | `custom:partnerId` | the token's claim that names the member's partner |
 * | `rolesClaim` | `cognito:groups` | the token's claim that names the member's role; exactly one |
 * | `corsOrigins` | none | origins whose pages may call the API, comma-separated |
 * | `alarmEmail` | nobody | address that alarms are sent to |
 * | `throttleRate` | 100 | requests a second the API takes for long |
 * | `throttleBurst` | 200 | requests the API takes at once |
 * | `rfiRate` | 5 | RFIs a second that customers may send for long: anyone may send one |
 * | `rfiBurst` | 20 | RFIs that customers may send at once |
 * | `mailConcurrency` | 2 | events that are mailed about side by side; raise it with SES's sending rate |
 * | `logLevel` | `INFO` | `DEBUG`, `INFO`, `WARN` or `ERROR` |
 */
import type { Node } from 'constructs'
import * as z from 'zod/mini'
import en from 'zod/v4/locales/en.js'

// Without a locale zod's messages say nothing but "Invalid input".
z.config(en())

const origin = (protocol: RegExp) =>
  z
    .url({ protocol })
    .check(z.refine(value => URL.canParse(value) && new URL(value).origin === value, 'must be an origin'))
/** A list in cdk.json, comma-separated on the command line. */
const split = (value: unknown) =>
  typeof value === 'string'
    ? value
        .split(',')
        .map(part => part.trim())
        .filter(part => part !== '')
    : value
const listOf = (item: z.ZodMiniType<string, string>) => z.pipe(z.transform(split), z.array(item))
const count = z.coerce.number().check(z.int(), z.positive())

const context = z
  .object({
    mailFrom: z.email(),
    mailIdentity: z.optional(z.string().check(z.minLength(1))),
    publicUrl: z.optional(origin(/^https$/)),
    oidcIssuer: z.optional(z.url({ protocol: /^https$/ })),
    oidcAudience: z.optional(listOf(z.string().check(z.minLength(1))).check(z.minLength(1))),
    partnerClaim: z._default(z.string().check(z.minLength(1)), 'custom:partnerId'),
    rolesClaim: z._default(z.string().check(z.minLength(1)), 'cognito:groups'),
    corsOrigins: z._default(listOf(origin(/^https?$/)), []),
    alarmEmail: z.optional(z.email()),
    throttleRate: z._default(count, 100),
    throttleBurst: z._default(count, 200),
    rfiRate: z._default(count, 5),
    rfiBurst: z._default(count, 20),
    // Lambda takes no fewer than two.
    mailConcurrency: z._default(count.check(z.gte(2), z.lte(1000)), 2),
    logLevel: z._default(z.enum(['DEBUG', 'INFO', 'WARN', 'ERROR']), 'INFO'),
  })
  .check(
    z.refine(({ oidcIssuer, oidcAudience }) => (oidcIssuer === undefined) === (oidcAudience === undefined), {
      path: ['oidcIssuer'],
      message: 'oidcIssuer and oidcAudience go together',
    }),
  )

/** Whose tokens the API takes, where that is not the stack's own user pool. */
export interface OidcProvider {
  readonly issuer: string
  readonly audience: string[]
}

export interface Settings {
  readonly mailFrom: string
  readonly mailIdentity: string
  readonly publicUrl: string | undefined
  readonly oidc: OidcProvider | undefined
  readonly partnerClaim: string
  readonly rolesClaim: string
  readonly corsOrigins: string[]
  readonly alarmEmail: string | undefined
  readonly throttleRate: number
  readonly throttleBurst: number
  readonly rfiRate: number
  readonly rfiBurst: number
  readonly mailConcurrency: number
  readonly logLevel: 'DEBUG' | 'INFO' | 'WARN' | 'ERROR'
}

/** Reads the context of the app. Throws one error that names every value that is wrong, and why. */
export const readSettings = (node: Node): Settings => {
  const given = Object.keys(context.shape).flatMap(name => {
    const value: unknown = node.tryGetContext(name)
    return value === undefined ? [] : [[name, value]]
  })
  const parsed = context.safeParse(Object.fromEntries(given))
  const complaints = [
    ...misspelt(Object.keys(node.getAllContext())),
    ...(parsed.error?.issues ?? []).map(({ path, message }) => `  ${path.join('.')}: ${message}`),
  ]
  if (!parsed.success || complaints.length > 0)
    throw new Error(
      `The CDK context is not valid (infra/settings.ts describes it):\n${complaints.join('\n')}`,
    )
  const { oidcIssuer, oidcAudience, mailIdentity, publicUrl, alarmEmail, ...rest } = parsed.data
  return {
    ...rest,
    publicUrl,
    alarmEmail,
    mailIdentity: mailIdentity ?? rest.mailFrom.slice(rest.mailFrom.lastIndexOf('@') + 1),
    oidc: oidcIssuer && oidcAudience ? { issuer: oidcIssuer, audience: oidcAudience } : undefined,
  }
}

/** Complains of names that are ours but for upper and lower case: CDK would pass over them in silence. */
const misspelt = (names: readonly string[]): string[] => {
  const known = new Map(Object.keys(context.shape).map(name => [name.toLowerCase(), name]))
  return names.flatMap(name => {
    const meant = known.get(name.toLowerCase())
    return meant === undefined || meant === name ? [] : [`  ${name}: the name is ${meant}`]
  })
}
