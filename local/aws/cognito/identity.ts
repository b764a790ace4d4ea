/**
 * The identity provider: signs tokens that the template's authorizer accepts, with the claims of a Cognito ID token.
 * Its key is durable, so that tokens stay valid over a restart.
 */
import { createHash, randomUUID } from 'node:crypto'
import type { RequestListener } from 'node:http'
import { createLocalJWKSet, type JWTVerifyGetKey } from 'jose'
import { OAuth2Issuer, OAuth2Service } from 'oauth2-mock-server'
import * as z from 'zod/mini'
import { type Role, roles } from '../../../shared/kernel/principal.ts'
import { parseDuration } from '../../../shared/time/duration.ts'
import type { VirtualClock } from '../../runtime/clock.ts'
import type { State } from '../../runtime/state.ts'
import type { Template } from '../../runtime/template.ts'

/** Path of the OIDC endpoints. */
export const identityPath = '/_local/identity'

/** Longer than usual jumps of the clock, so that a jump does not sign people out. */
const defaultLife = 'P90D'

const durationForm = 'an ISO 8601 duration, such as PT1H'

/** Messages of the schema say what is expected. */
const tokenRequest = z
  .strictObject({
    role: z.enum(roles, `one of ${roles.join(', ')}`),
    partnerId: z.optional(z.string('a partner id').check(z.minLength(1, 'a partner id'))),
    email: z.optional(z.email('an email address')),
    expiresIn: z._default(
      z.string(durationForm).check(z.refine(text => parseDuration(text) !== undefined, durationForm)),
      defaultLife,
    ),
  })
  .check(
    z.refine(({ role, partnerId }) => role === 'operator' || partnerId !== undefined, {
      path: ['partnerId'],
      message: 'a partner id, because the role is for members of a partner',
    }),
  )

/** A person that the console offers for signing in. */
export interface Person {
  readonly name: string
  readonly role: Role
  readonly email: string
  readonly partnerId?: string
  /** The partner's name. */
  readonly partner?: string
}

/** The operator exists in every program from the start. */
export const operator: Person = { name: 'Operator', role: 'operator', email: 'operator@program.example' }

interface Token {
  readonly accessToken: string
  readonly expiresAt: string
}

/** An invalid request to a local endpoint; the message gives the reason. */
export class BadRequest extends Error {}

export interface Identity {
  /** Public keys for verification. */
  readonly keys: JWTVerifyGetKey
  /** Throws BadRequest. */
  issueToken(request: unknown): Promise<Token>
  /** Discovery, JWKS and the other OIDC endpoints, below `identityPath`. */
  readonly handle: RequestListener
}

interface IdentityOptions {
  readonly template: Template
  readonly state: State
  readonly clock: VirtualClock
  /** Used when the template has no authorizer. */
  readonly issuer: string
}

export const startIdentity = async ({
  template,
  state,
  clock,
  issuer,
}: IdentityOptions): Promise<Identity> => {
  const expected = expectedToken(template, issuer)
  const provider = new OAuth2Issuer()
  provider.url = expected.issuer
  await loadKey(provider, state)
  const { requestHandler } = new OAuth2Service(provider)
  return {
    keys: createLocalJWKSet({ keys: provider.keys.toJSON() }),
    async issueToken(request) {
      const parsed = tokenRequest.safeParse(request, { error: z.locales.en().localeError })
      if (!parsed.success) throw new BadRequest(messageOf(parsed.error))
      const { role, partnerId, email = `${role}@${partnerId ?? 'program'}.example`, expiresIn } = parsed.data
      const now = Math.floor(clock.now() / 1000)
      const exp = now + Math.round((parseDuration(expiresIn) ?? 0) / 1000)
      const sub = subjectOf(email)
      const claims = {
        sub,
        'cognito:username': sub,
        email,
        email_verified: true,
        [expected.rolesClaim]: [role],
        ...(partnerId !== undefined && { [expected.partnerClaim]: partnerId }),
        token_use: 'id',
        aud: expected.audience,
        auth_time: now,
        iat: now,
        exp,
        jti: randomUUID(),
      }
      const accessToken = await provider.buildToken({
        scopesOrTransform: (_header, payload) => {
          Object.assign(payload, claims)
          Reflect.deleteProperty(payload, 'nbf')
        },
      })
      return { accessToken, expiresAt: new Date(exp * 1000).toISOString() }
    },
    handle(request, response) {
      request.url = request.url?.slice(identityPath.length) || '/'
      requestHandler(request, response)
    },
  }
}

const messageOf = ({ issues }: z.core.$ZodError): string => issues.map(inWords).join(' ')

const inWords = (issue: z.core.$ZodIssue): string => {
  const [field] = issue.path
  if (issue.code === 'unrecognized_keys')
    return `Unknown field: ${issue.keys.join(', ')}. Expected role, partnerId, email or expiresIn.`
  return field === undefined
    ? 'Expected a JSON object.'
    : `Invalid ${String(field)}. Expected ${issue.message}.`
}

/** Issuer, audience and claim names that the template's authorizer and functions expect. */
const expectedToken = (template: Template, issuer: string) => {
  const [authorizer] = template.ofType('AWS::ApiGatewayV2::Authorizer')
  const jwt = authorizer?.properties.JwtConfiguration as { Issuer: string; Audience: string[] } | undefined
  const environment = (name: string) =>
    template
      .ofType('AWS::Lambda::Function')
      .map(({ properties }) => (properties.Environment as { Variables?: Record<string, string> })?.Variables)
      .find(variables => variables?.[name] !== undefined)?.[name]
  return {
    issuer: jwt?.Issuer ?? issuer,
    audience: jwt?.Audience[0] ?? 'local',
    partnerClaim: environment('PARTNER_CLAIM') ?? 'custom:partnerId',
    rolesClaim: environment('ROLES_CLAIM') ?? 'cognito:groups',
  }
}

const loadKey = async (provider: OAuth2Issuer, state: State): Promise<void> => {
  const keys = state.collection<Record<string, unknown>>('identity-keys')
  const [kept] = keys.values()
  if (kept) await provider.keys.add(kept)
  else keys.set('signing', { ...(await provider.keys.generate('RS256')) })
}

/** Derives the subject from the mail address, so that it is the same in every token. */
const subjectOf = (email: string): string => {
  const digest = createHash('sha256').update(email.toLowerCase()).digest('hex')
  return digest.slice(0, 32).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}
