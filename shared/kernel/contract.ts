/**
 * The words that every contract is written in: operations, problems, pages, money and instants.
 */
import * as z from 'zod/mini'
import { countries, currencies } from './iso.ts'

/** Whose function an operation belongs to; `reader` is whoever follows a link in a mail. */
export type Audience = 'customer' | 'partner' | 'operator' | 'open' | 'reader'

export const roles = ['partner-admin', 'partner-user', 'operator'] as const
export type Role = (typeof roles)[number]

/** Who may call: anyone, the holder of an RFI's capability token or of another link of ours, or a member with one of these roles. */
export type Access = 'public' | 'capability' | 'link' | readonly Role[]

/** Every problem the API answers with (RFC 9457); `code` is stable, titles are for people. */
export const problems = {
  'invalid-request': { status: 400, title: 'The request is not valid' },
  'malformed-json': { status: 400, title: 'The body is not JSON' },
  unauthenticated: { status: 401, title: 'A valid token is needed' },
  forbidden: { status: 403, title: 'Your role may not do this' },
  'not-found': { status: 404, title: 'There is no such thing, or it is not yours' },
  'state-conflict': { status: 409, title: 'That cannot be done in the present state' },
  'profile-incomplete': { status: 409, title: 'The profile lacks what it needs to be active' },
  'stale-version': { status: 412, title: 'It changed since you read it' },
  'unsupported-media-type': { status: 415, title: 'The body must be application/json' },
  'idempotency-key-reused': { status: 422, title: 'This Idempotency-Key belongs to another request' },
  'precondition-required': { status: 428, title: 'If-Match is required' },
  'internal-error': { status: 500, title: 'Something went wrong on our side' },
  busy: { status: 503, title: 'Too many changes at once; try again' },
} as const
export type ProblemCode = keyof typeof problems

/** One thing that is wrong with a request; `pointer` is a JSON pointer into the body, or `query/x`, `path/x`, `header/x`. */
const fieldError = z.strictObject({ pointer: z.string(), code: z.string(), detail: z.string() })
export type FieldError = z.infer<typeof fieldError>

export const problem = z.looseObject({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  code: z.enum(Object.keys(problems) as [ProblemCode, ...ProblemCode[]]),
  detail: z.optional(z.string()),
  errors: z.optional(z.array(fieldError)),
  requestId: z.string(),
})

/** A declared HTTP operation: the one source of the route, the router, the OpenAPI document and the tests. */
export interface Operation {
  readonly id: string
  readonly summary: string
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  readonly path: `/v1/${string}`
  readonly audience: Audience
  readonly access: Access
  readonly params?: z.ZodMiniObject
  readonly query?: z.ZodMiniObject
  readonly body?: z.ZodMiniType
  readonly status: 200 | 201 | 204 | 303
  readonly response?: z.ZodMiniType
  /** Answers people: with a page, problems included. A body is what the page's form holds. */
  readonly page?: true
  /** The answer has an ETag. */
  readonly versioned?: true
  /** A write to an existing thing: `required`, or `if-exists` where the same call also creates it. */
  readonly ifMatch?: 'required' | 'if-exists'
  /** A POST that creates: needs an Idempotency-Key. */
  readonly idempotent?: true
  /** Problems beyond those that follow from the fields above. */
  readonly errors?: readonly ProblemCode[]
}

const followingProblems: readonly (readonly [(operation: Operation) => unknown, readonly ProblemCode[]])[] = [
  [({ method, page }) => method !== 'GET' && !page, ['malformed-json', 'unsupported-media-type', 'busy']],
  [({ method, page }) => method !== 'GET' && page, ['state-conflict', 'busy']],
  [({ access }) => access === 'link', ['not-found']],
  [({ access }) => access === 'capability', ['unauthenticated']],
  [({ access }) => Array.isArray(access), ['forbidden']],
  [({ params }) => params, ['not-found']],
  [({ ifMatch }) => ifMatch, ['precondition-required', 'stale-version']],
  [({ idempotent }) => idempotent, ['idempotency-key-reused']],
  [() => true, ['invalid-request', 'internal-error']],
]

/** Every problem that an operation may answer with. */
export const problemsOf = (operation: Operation): ProblemCode[] => {
  const following = followingProblems.flatMap(([applies, codes]) => (applies(operation) ? codes : []))
  return [...new Set([...following, ...(operation.errors ?? [])])]
}

/** Keeps the literal types of a contract's operations, so that handlers are checked against them. */
export const operations = <const T extends Record<string, Omit<Operation, 'id'>>>(
  declared: T,
): { [K in keyof T]: T[K] & { readonly id: K & string } } =>
  Object.fromEntries(Object.entries(declared).map(([id, operation]) => [id, { id, ...operation }])) as never

/** A check of our own, with the `code` that its failure is told by. */
const rule = <T>(holds: (value: T) => boolean, code: string, message: string) =>
  z.refine<T>(holds, { message, params: { code } })

/** Control characters, lone surrogates, and what turns the direction of the text around it. */
const unfit = '\\p{Cc}\\p{Cs}\\u2028\\u2029\\u202a-\\u202e\\u2066-\\u2069'
const isVisible = (value: string) => /[^\p{C}\p{Z}]/u.test(value)
const visible = rule(isVisible, 'blank', 'must hold something to be seen')

/** Text of one line. What does not belong in a name would travel into the headers and subjects of mails. */
export const text = (max: number) =>
  z
    .string()
    .check(
      z.trim(),
      z.minLength(1, { abort: true }),
      z.maxLength(max),
      z.regex(new RegExp(`^[^${unfit}]*$`, 'u'), 'must not hold control characters'),
      visible,
    )

/** A person's name, which greets them in mails: no place for a link. */
export const personName = text(100).check(rule(name => !name.includes('://'), 'link', 'must not hold a link'))

/** Text of several lines: as `text`, but tabs and line breaks are welcome. */
export const prose = (max: number) =>
  z
    .string()
    .check(
      z.trim(),
      z.minLength(1, { abort: true }),
      z.maxLength(max),
      z.regex(new RegExp(`^(?:[^${unfit}]|[\\t\\r\\n])*$`, 'u'), 'must not hold control characters'),
      visible,
    )

/** For merge patches. */
export const changesSomething = rule<object>(
  patch => Object.keys(patch).length > 0,
  'empty',
  'must change something',
)

/** For records; lists have a length. */
export const atMost = (max: number) =>
  rule<object>(record => Object.keys(record).length <= max, 'too-big', `must have at most ${max} entries`)

const known = (codes: ReadonlySet<string>, what: string) =>
  z.string().check(rule(code => codes.has(code), 'unknown-code', `must be ${what}`))

/** RFC 3339, in UTC. */
export const instant = z.iso.datetime('must be an instant in UTC, such as 2026-03-15T09:00:00Z')
export const date = z.iso.date('must be a date, such as 2026-03-15')
/** ISO 8601, of days, hours, minutes and seconds; not of nothing, and not of a lifetime. */
export const duration = z
  .string()
  .check(
    z.regex(
      /^P(?=.*[1-9])(?=\d|T\d)(\d{1,4}D)?(T(?=\d)(\d{1,5}H)?(\d{1,6}M)?(\d{1,8}S)?)?$/,
      'must be an ISO 8601 duration of days, hours, minutes and seconds, such as P14D or PT72H',
    ),
  )
/** By the wall clock; 24:00 ends a day. */
export const localTime = z
  .string()
  .check(z.regex(/^(([01]\d|2[0-3]):[0-5]\d|24:00)$/, 'must be a time of day, such as 09:00'))
export const countryCode = known(countries, 'an ISO 3166-1 alpha-2 country code, such as DE')
const currencyCode = known(currencies, 'an ISO 4217 currency code, such as EUR')
/** A code of the program's taxonomy; whether it is in use there is checked by the service. */
export const taxonomyCode = z.string().check(z.regex(/^[a-z0-9]+(-[a-z0-9]+)*$/), z.maxLength(64))
const isLanguageTag = (tag: string): boolean => {
  try {
    return Intl.getCanonicalLocales(tag).length === 1
  } catch {
    return false
  }
}

const isTimeZone = (zone: string): boolean => {
  try {
    // An offset would pass, and know no daylight-saving time.
    return /^[A-Z]/i.test(zone) && new Intl.DateTimeFormat('en', { timeZone: zone }) !== undefined
  } catch {
    return false
  }
}

/** IANA, as far as `Intl` knows it. */
export const timeZone = z
  .string()
  .check(
    z.maxLength(50),
    rule(isTimeZone, 'unknown-time-zone', 'must be an IANA time zone, such as Europe/Berlin'),
  )

/** BCP 47, as far as `Intl` knows it. */
export const locale = z
  .string()
  .check(
    z.maxLength(35),
    rule(isLanguageTag, 'unknown-language', 'must be a BCP 47 language tag, such as de or zh-Hans'),
  )
const asciiDomain = (address: string): string => {
  const at = address.lastIndexOf('@')
  if (at < 0) return address
  const domain = address.slice(at + 1)
  const url = `http://${domain}`
  const isOther = /[^ -~]/.test(domain) && /^[\p{L}\p{M}\p{N}.-]+$/u.test(domain) && URL.canParse(url)
  return `${address.slice(0, at)}@${isOther ? new URL(url).hostname : domain.toLowerCase()}`
}

/** As zod's, but for top-level domains of other scripts. */
const emailPattern =
  /^(?!\.)(?!.*\.\.)[A-Za-z0-9_'+\-.]*[A-Za-z0-9_+-]@([A-Za-z0-9][A-Za-z0-9-]*\.)+([A-Za-z]{2,}|xn--[A-Za-z0-9-]+)$/

/** A domain is kept in lower case, an internationalised one as mail servers know it (RFC 5891). RFC 5321 limits an address to 254 characters. */
export const email = z
  .string()
  .check(
    z.trim(),
    z.overwrite(asciiDomain),
    z.regex(emailPattern, 'must be an e-mail address'),
    z.maxLength(254),
  )
export const phone = z
  .string()
  .check(z.trim(), z.regex(/^\+?[0-9 ()./-]{5,40}$/, 'must be a telephone number'))
/** Kept as browsers write it, in which nothing ends an attribute in double quotes, or opens an element. */
const addressOf = (protocol: RegExp, error: string) =>
  z.url({ protocol, hostname: z.regexes.domain, normalize: true, error }).check(
    z.maxLength(500),
    // What looks like one host would lead to another.
    rule(
      address => !/^\w+:\/\/[^/]*@/.test(address),
      'credentials',
      'must not hold a user name or a password',
    ),
  )
export const webAddress = addressOf(/^https?$/, 'must be a web address, such as https://partner.example')
/** For what others show on pages of theirs, which take nothing else. */
export const secureAddress = addressOf(
  /^https$/,
  'must be an https address, such as https://partner.example/logo.png',
)

export const postalAddress = z.strictObject({
  line1: z.optional(text(200)),
  line2: z.optional(text(200)),
  city: text(100),
  postalCode: z.optional(text(20)),
  country: countryCode,
})

/** Somebody who can be written to. */
export const person = z.strictObject({
  firstName: personName,
  lastName: personName,
  email,
  phone: z.optional(phone),
  locale: z._default(locale, 'en'),
})
export type Person = z.infer<typeof person>

/** An amount in the currency's major unit, with no more decimals than the currency has. */
export const money = z
  .strictObject({
    amount: z.number().check(z.nonnegative(), z.lte(1e12)),
    currency: currencyCode,
  })
  .check(
    z.refine(
      ({ amount, currency }) => {
        const digits = new Intl.NumberFormat('en', { style: 'currency', currency }).resolvedOptions()
          .maximumFractionDigits
        return Number(amount.toFixed(digits)) === amount
      },
      {
        path: ['amount'],
        message: 'has more decimals than its currency',
        params: { code: 'too-precise' },
        when: ({ issues }) => issues.length === 0,
      },
    ),
  )

export type Money = z.infer<typeof money>

export const pageQuery = {
  limit: z._default(z.coerce.number().check(z.int(), z.gte(1), z.lte(100)), 25),
  cursor: z.optional(z.string().check(z.maxLength(2000))),
}

/** A page of a list. A page may be shorter than `limit`: only `nextCursor: null` ends the list. */
export const page = <T extends z.ZodMiniType>(item: T) =>
  z.strictObject({ items: z.array(item), nextCursor: z.nullable(z.string()) })
export interface Page<T> {
  items: T[]
  nextCursor: string | null
}

/** A representation, and the version of the thing that it shows. */
export interface Versioned<T> {
  readonly body: T
  readonly version: number
}
