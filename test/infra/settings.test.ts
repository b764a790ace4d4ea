import { App } from 'aws-cdk-lib'
import { describe, expect, test } from 'vitest'
import { readSettings } from '../../infra/settings.ts'
import { synthesize } from './synthesis.ts'

const read = (context: Record<string, unknown>) =>
  readSettings(new App({ context: { mailFrom: 'desk@example.com', ...context } }).node)

test('every setting except mailFrom has a default', () => {
  expect(read({})).toEqual({
    mailFrom: 'desk@example.com',
    mailIdentity: 'example.com',
    publicUrl: undefined,
    oidc: undefined,
    partnerClaim: 'custom:partnerId',
    rolesClaim: 'cognito:groups',
    languages: ['en', 'de', 'fr', 'it', 'nl', 'pl', 'zh-Hans'],
    corsOrigins: [],
    alarmEmail: undefined,
    supportAddress: undefined,
    throttleRate: 100,
    throttleBurst: 200,
    rfiRate: 5,
    rfiBurst: 20,
    mailConcurrency: 2,
    logLevel: 'INFO',
  })
})

test('strings from the command line are parsed as numbers and lists', () => {
  expect(
    read({
      throttleRate: '5',
      corsOrigins: 'https://a.example, https://b.example',
      oidcIssuer: 'https://id.example',
      oidcAudience: 'x,y',
    }),
  ).toMatchObject({
    throttleRate: 5,
    corsOrigins: ['https://a.example', 'https://b.example'],
    oidc: { issuer: 'https://id.example', audience: ['x', 'y'] },
  })
})

test.each([
  ['mailFrom', { mailFrom: 'nobody' }],
  ['mailFrom', { mailFrom: undefined }],
  ['alarmEmail', { alarmEmail: 'nobody' }],
  ['supportAddress', { supportAddress: 'nobody' }],
  ['publicUrl', { publicUrl: 'https://desk.example/path' }],
  ['publicUrl', { publicUrl: 'desk.example' }],
  ['publicUrl', { publicUrl: 'http://desk.example' }],
  ['oidcAudience', { oidcIssuer: 'https://id.example', oidcAudience: ',' }],
  ['oidcissuer', { oidcissuer: 'https://id.example' }],
  ['corsOrigins', { corsOrigins: '*' }],
  ['oidcIssuer', { oidcIssuer: 'http://id.example', oidcAudience: 'x' }],
  ['oidcIssuer', { oidcIssuer: 'https://id.example' }],
  ['oidcIssuer', { oidcAudience: 'x' }],
  ['throttleRate', { throttleRate: '0' }],
  ['throttleBurst', { throttleBurst: 'many' }],
  ['logLevel', { logLevel: 'loud' }],
])('an invalid %s is reported by name', (name, context) => {
  expect(() => read(context)).toThrow(new RegExp(`context is not valid[^]*\\n {2}${name}.*: `))
})

describe('an external OIDC provider', () => {
  const { ofType, at, outputs, resources } = synthesize({
    oidcIssuer: 'https://id.example',
    oidcAudience: 'desk',
    partnerClaim: 'org',
    rolesClaim: 'roles',
  })

  test('issues the accepted tokens', () => {
    expect(at('Api/Members').properties.JwtConfiguration).toEqual({
      Issuer: 'https://id.example',
      Audience: ['desk'],
    })
    for (const path of ['Api/PartnerApi/Lambda', 'Api/OperatorApi/Lambda']) {
      expect(at(path).properties.Environment.Variables).toMatchObject({
        PARTNER_CLAIM: 'org',
        ROLES_CLAIM: 'roles',
      })
    }
  })

  test('replaces the user pool', () => {
    expect(resources.filter(({ type }) => type.startsWith('AWS::Cognito'))).toEqual([])
    expect(ofType('AWS::ApiGatewayV2::Authorizer')).toHaveLength(1)
    expect(outputs).toEqual(['ApiUrl', 'AlarmTopicArn'])
  })
})

test('links use publicUrl if it is set, and otherwise the URL of the API', () => {
  const urls = (context: Record<string, string>) => {
    const { at } = synthesize(context)
    return at('Mail/SendMail/Lambda').properties.Environment.Variables.PUBLIC_URL
  }
  expect(urls({})).toBe('{Api/Http.ApiEndpoint}')
  expect(urls({ publicUrl: 'https://desk.example' })).toBe('https://desk.example')
})

test('mail is sent only from mailFrom, with mailIdentity', () => {
  const { at, ofType } = synthesize({ mailFrom: 'desk@mail.example', mailIdentity: 'example.org' })
  expect(at('Mail/SendMail/Lambda').properties.Environment.Variables.MAIL_FROM).toBe('desk@mail.example')
  const statements = ofType('AWS::IAM::Policy').flatMap(
    ({ properties }) => properties.PolicyDocument.Statement,
  )
  expect(statements).toContainEqual({
    Effect: 'Allow',
    Action: 'ses:SendRawEmail',
    Resource: ['configuration-set/{Mail/ConfigurationSet}', 'identity/*', 'identity/example.org'].map(
      resource => `arn:{AWS::Partition}:ses:{AWS::Region}:{AWS::AccountId}:${resource}`,
    ),
    Condition: { StringEquals: { 'ses:FromAddress': 'desk@mail.example' } },
  })
})

test('the functions that mail customers know supportAddress, if it is set', () => {
  const knowing = (context: Record<string, string>) =>
    synthesize(context)
      .ofType('AWS::Lambda::Function')
      .filter(({ properties }) => properties.Environment.Variables.SUPPORT_ADDRESS === 'help@desk.example')
      .map(({ path }) => path)
      .toSorted()
  expect(knowing({})).toEqual([])
  expect(knowing({ supportAddress: 'help@desk.example' })).toEqual([
    'Mail/SendDigests/Lambda',
    'Mail/SendMail/Lambda',
  ])
})

test('the stack has the outputs that an operator needs', () => {
  expect(synthesize().outputs).toEqual(['UserPoolId', 'UserPoolClientId', 'ApiUrl', 'AlarmTopicArn'])
})
