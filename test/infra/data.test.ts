import { describe, expect, test } from 'vitest'
import { roles } from '../../shared/kernel/principal.ts'
import { tableSchema } from '../../shared/persistence/schema.ts'
import { synthesize } from './synthesis.ts'

const { at, ofType, resources } = synthesize()

test('resources with data are retained when the stack is deleted', () => {
  const kept = resources.filter(({ deletionPolicy }) => deletionPolicy === 'Retain').map(({ path }) => path)
  expect(kept.sort()).toEqual(
    [
      'Table',
      'SigningSecret',
      'LookupSecret',
      'Members/Pool',
      'Members/Client',
      ...roles.map(role => `Members/${role}`),
    ].sort(),
  )
})

describe('the table', () => {
  const { properties } = at('Table')
  const keySchema = ({ partitionKey, sortKey }: { partitionKey: string; sortKey: string }) => [
    { AttributeName: partitionKey, KeyType: 'HASH' },
    { AttributeName: sortKey, KeyType: 'RANGE' },
  ]

  test('is the only one', () => {
    expect(resources.filter(({ type }) => type.startsWith('AWS::DynamoDB')).map(({ path }) => path)).toEqual([
      'Table',
    ])
  })

  test('has the keys and indexes of its schema', () => {
    expect(properties.KeySchema).toEqual(keySchema(tableSchema))
    const indexes = Object.values(tableSchema.indexes)
    expect(properties.GlobalSecondaryIndexes).toEqual(
      indexes.map(index => ({
        IndexName: index.name,
        KeySchema: keySchema(index),
        Projection:
          'include' in index
            ? { ProjectionType: 'INCLUDE', NonKeyAttributes: [...index.include] }
            : { ProjectionType: 'KEYS_ONLY' },
      })),
    )
    // The default quota of global secondary indexes of a table (Amazon DynamoDB Developer Guide, “Quotas”).
    expect(indexes.length).toBeLessThanOrEqual(20)
  })

  test('has point-in-time recovery of 35 days and deletion protection', () => {
    expect(properties.Replicas).toEqual([
      expect.objectContaining({
        DeletionProtectionEnabled: true,
        PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true, RecoveryPeriodInDays: 35 },
      }),
    ])
  })

  test('is encrypted, on demand, and has a stream and a time-to-live attribute', () => {
    expect(properties).toMatchObject({
      BillingMode: 'PAY_PER_REQUEST',
      SSESpecification: { SSEEnabled: true },
      StreamSpecification: { StreamViewType: 'NEW_IMAGE' },
      TimeToLiveSpecification: { AttributeName: tableSchema.timeToLive, Enabled: true },
    })
  })
})

describe('members', () => {
  const pool = at('Members/Pool').properties
  const client = at('Members/Client').properties

  test('are created by the operator, with a strong password and an optional second factor', () => {
    expect(pool).toMatchObject({
      AdminCreateUserConfig: { AllowAdminCreateUserOnly: true },
      DeletionProtection: 'ACTIVE',
      MfaConfiguration: 'OPTIONAL',
      EnabledMfas: ['SOFTWARE_TOKEN_MFA'],
      Policies: {
        PasswordPolicy: {
          MinimumLength: 12,
          RequireLowercase: true,
          RequireUppercase: true,
          RequireNumbers: true,
          RequireSymbols: true,
        },
      },
    })
  })

  test('cannot change their partner', () => {
    expect(client.ReadAttributes).toContain('custom:partnerId')
    expect(client.WriteAttributes).toEqual(['email', 'family_name', 'given_name', 'locale'])
  })

  test("sign in with SRP or through an administrator's script", () => {
    expect(client).toMatchObject({
      ExplicitAuthFlows: [
        'ALLOW_ADMIN_USER_PASSWORD_AUTH',
        'ALLOW_USER_SRP_AUTH',
        'ALLOW_REFRESH_TOKEN_AUTH',
      ],
      AllowedOAuthFlowsUserPoolClient: false,
      GenerateSecret: false,
      PreventUserExistenceErrors: 'ENABLED',
      EnableTokenRevocation: true,
    })
    expect(ofType('AWS::Cognito::UserPoolDomain')).toEqual([])
  })

  test('have the roles of the contract as groups', () => {
    expect(ofType('AWS::Cognito::UserPoolGroup').map(({ properties }) => properties.GroupName)).toEqual([
      ...roles,
    ])
  })
})

test('the signing secret is generated and read only by CloudFormation', () => {
  expect(at('SigningSecret').properties.GenerateSecretString.PasswordLength).toBe(64)
  const holders = ofType('AWS::Lambda::Function').filter(
    ({ properties }) => properties.Environment.Variables.SIGNING_SECRET,
  )
  expect(holders.map(({ path }) => path)).toEqual([
    'Api/CustomerApi/Lambda',
    'Api/PartnerApi/Lambda',
    'Api/OperatorApi/Lambda',
    'Api/Pages/Lambda',
    'Mail/SendMail/Lambda',
    'Mail/SendDigests/Lambda',
  ])
  for (const { properties } of holders) {
    expect(properties.Environment.Variables.SIGNING_SECRET).toBe(
      '{{resolve:secretsmanager:{SigningSecret}:SecretString:::}}',
    )
  }
})

test('the lookup secret is generated, and only the functions that write or read lookup entries have it', () => {
  expect(at('LookupSecret').properties.GenerateSecretString.PasswordLength).toBe(64)
  const values = ofType('AWS::Lambda::Function').flatMap(({ path, properties }) => {
    const { LOOKUP_SECRET: value } = properties.Environment.Variables
    return value === undefined ? [] : [[path, value]]
  })
  const reference = '{{resolve:secretsmanager:{LookupSecret}:SecretString:::}}'
  expect(Object.fromEntries(values)).toEqual({
    'Api/PartnerApi/Lambda': reference,
    'Api/OperatorApi/Lambda': reference,
    'Lookup/UpdateLookup/Lambda': reference,
  })
})
