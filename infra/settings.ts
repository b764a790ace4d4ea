/**
 * Settings of a deployment, as CDK context: in `cdk.json` or with `cdk deploy -c name=value`. docs/guide/deploy.md lists
 * them with their defaults and meanings.
 */
import type { Node } from 'constructs'
import * as z from 'zod/mini'
import en from 'zod/v4/locales/en.js'
import { allLanguages, languagesFolder } from './languages.ts'

// Without a locale, zod's only message is "Invalid input".
z.config(en())

const origin = (protocol: RegExp) =>
  z
    .url({ protocol })
    .check(z.refine(value => URL.canParse(value) && new URL(value).origin === value, 'must be an origin'))
/** Splits a comma-separated list from the command line. Lists in cdk.json are arrays already. */
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
    languagesFolder: z.optional(z.string().check(z.minLength(1))),
    corsOrigins: z._default(listOf(origin(/^https?$/)), []),
    alarmEmail: z.optional(z.email()),
    supportAddress: z.optional(z.email()),
    throttleRate: z._default(count, 100),
    throttleBurst: z._default(count, 200),
    rfiRate: z._default(count, 5),
    rfiBurst: z._default(count, 20),
    // Lambda's minimum for the concurrency of a queue is two.
    mailConcurrency: z._default(count.check(z.gte(2), z.lte(1000)), 2),
    logLevel: z._default(z.enum(['DEBUG', 'INFO', 'WARN', 'ERROR']), 'INFO'),
  })
  .check(
    z.refine(({ oidcIssuer, oidcAudience }) => (oidcIssuer === undefined) === (oidcAudience === undefined), {
      path: ['oidcIssuer'],
      message: 'oidcIssuer and oidcAudience go together',
    }),
  )

export const settingNames: readonly string[] = Object.keys(context.shape)

/** The provider of the tokens that the API accepts: the user pool, or one of the operator. */
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
  /** BCP 47 tags of the languages of mails and pages. */
  readonly languages: readonly string[]
  readonly corsOrigins: string[]
  readonly alarmEmail: string | undefined
  readonly supportAddress: string | undefined
  readonly throttleRate: number
  readonly throttleBurst: number
  readonly rfiRate: number
  readonly rfiBurst: number
  readonly mailConcurrency: number
  readonly logLevel: 'DEBUG' | 'INFO' | 'WARN' | 'ERROR'
}

/** Reads the context of the app. @throws Error with every wrong value and its reason */
export const readSettings = (node: Node): Settings => {
  const given = Object.keys(context.shape).flatMap(name => {
    const value: unknown = node.tryGetContext(name)
    return value === undefined ? [] : [[name, value]]
  })
  const parsed = context.safeParse(Object.fromEntries(given))
  const faults = [
    ...misspelledNames(Object.keys(node.getAllContext())),
    ...(parsed.error?.issues ?? []).map(({ path, message }) => `  ${path.join('.')}: ${message}`),
  ]
  if (!parsed.success || faults.length > 0)
    throw new Error(`The CDK context is not valid (infra/settings.ts describes it):\n${faults.join('\n')}`)
  const {
    oidcIssuer,
    oidcAudience,
    mailIdentity,
    publicUrl,
    alarmEmail,
    supportAddress,
    languagesFolder: folder,
    ...rest
  } = parsed.data
  return {
    ...rest,
    publicUrl,
    alarmEmail,
    supportAddress,
    languages: allLanguages(languagesFolder(folder)),
    mailIdentity: mailIdentity ?? rest.mailFrom.slice(rest.mailFrom.lastIndexOf('@') + 1),
    oidc: oidcIssuer && oidcAudience ? { issuer: oidcIssuer, audience: oidcAudience } : undefined,
  }
}

/** Reports names that differ from a setting only in upper and lower case, which CDK would ignore. */
const misspelledNames = (names: readonly string[]): string[] => {
  const correctNames = new Map(Object.keys(context.shape).map(name => [name.toLowerCase(), name]))
  return names.flatMap(name => {
    const correct = correctNames.get(name.toLowerCase())
    return correct === undefined || correct === name ? [] : [`  ${name}: the name is ${correct}`]
  })
}
