/**
 * Identity: members authenticate with a token of the user pool or of the operator's own OIDC provider, customers with a
 * capability token that is signed with the program's secret.
 */
import { Duration, RemovalPolicy, Validations } from 'aws-cdk-lib'
import {
  AccountRecovery,
  ClientAttributes,
  FeaturePlan,
  Mfa,
  StringAttribute,
  UserPool,
  UserPoolClient,
  UserPoolGroup,
} from 'aws-cdk-lib/aws-cognito'
import { Secret } from 'aws-cdk-lib/aws-secretsmanager'
import { Construct } from 'constructs'
import { roles } from '../shared/kernel/principal.ts'
import type { OidcProvider } from './settings.ts'

/** Attributes that members may change themselves. `custom:partnerId` is not among them, because it selects the tenant. */
const ownAttributes = { email: true, givenName: true, familyName: true, locale: true }

/** The user pool, for programs without an OIDC provider of their own. Members send its ID token. */
export class Members extends Construct {
  readonly pool: UserPool
  readonly client: UserPoolClient

  constructor(scope: Construct, id: string) {
    super(scope, id)
    this.pool = new UserPool(this, 'Pool', {
      selfSignUpEnabled: false,
      signInAliases: { email: true },
      signInCaseSensitive: false,
      autoVerify: { email: true },
      keepOriginal: { email: true },
      standardAttributes: { email: { required: true, mutable: true } },
      customAttributes: { partnerId: new StringAttribute({ mutable: true, minLen: 1, maxLen: 64 }) },
      accountRecovery: AccountRecovery.EMAIL_ONLY,
      mfa: Mfa.OPTIONAL,
      mfaSecondFactor: { otp: true, sms: false },
      passwordPolicy: {
        minLength: 12,
        requireLowercase: true,
        requireUppercase: true,
        requireDigits: true,
        requireSymbols: true,
        tempPasswordValidity: Duration.days(3),
      },
      featurePlan: FeaturePlan.ESSENTIALS,
      deletionProtection: true,
      removalPolicy: RemovalPolicy.RETAIN,
    })
    this.client = new UserPoolClient(this, 'Client', {
      userPool: this.pool,
      // `adminUserPassword` is for scripts with administrator rights: one call of the AWS CLI returns a token.
      authFlows: { userSrp: true, adminUserPassword: true },
      disableOAuth: true,
      generateSecret: false,
      preventUserExistenceErrors: true,
      enableTokenRevocation: true,
      idTokenValidity: Duration.hours(1),
      accessTokenValidity: Duration.hours(1),
      refreshTokenValidity: Duration.days(30),
      readAttributes: new ClientAttributes()
        .withStandardAttributes({ ...ownAttributes, emailVerified: true })
        .withCustomAttributes('partnerId'),
      writeAttributes: new ClientAttributes().withStandardAttributes(ownAttributes),
    })
    this.client.applyRemovalPolicy(RemovalPolicy.RETAIN)
    for (const role of roles) {
      const group = new UserPoolGroup(this, role, { userPool: this.pool, groupName: role })
      group.applyRemovalPolicy(RemovalPolicy.RETAIN)
    }
    Validations.of(this.pool).acknowledge(
      {
        id: 'AwsSolutions::AwsSolutions-COG2',
        reason: 'A second factor is optional, because most partners answer only a few referrals a year.',
      },
      {
        id: 'AwsSolutions::AwsSolutions-COG8',
        reason:
          'Threat protection (Plus plan) costs money per member. Operators can use their own OIDC provider instead.',
      },
    )
  }

  get provider(): OidcProvider {
    return { issuer: this.pool.userPoolProviderUrl, audience: [this.client.userPoolClientId] }
  }
}

/** The key that signs capability tokens, links and cursors. A new value invalidates every link in mails that were sent. */
export class SigningSecret extends Secret {
  constructor(scope: Construct, id: string) {
    super(scope, id, {
      description: 'Signs the capability tokens and cursors of Referral Center',
      generateSecretString: { passwordLength: 64, excludePunctuation: true },
      removalPolicy: RemovalPolicy.RETAIN,
    })
    Validations.of(this).acknowledge({
      id: 'AwsSolutions::AwsSolutions-SMG4',
      reason:
        'A rotation invalidates the links in mails that were sent, so the secret is rotated only after a leak.',
    })
  }
}
