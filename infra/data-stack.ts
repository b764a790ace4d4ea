/** The data stack: table, user pool and secrets. It must survive every deployment. */
import { CfnOutput, Stack } from 'aws-cdk-lib'
import type { Construct } from 'constructs'
import { Members, SigningSecret } from './identity.ts'
import { LookupSecret } from './lookup.ts'
import type { OidcProvider, Settings } from './settings.ts'
import { ReferralTable } from './table.ts'

export class DataStack extends Stack {
  readonly table: ReferralTable
  readonly signingSecret: SigningSecret
  readonly lookupSecret: LookupSecret
  readonly identityProvider: OidcProvider

  constructor(scope: Construct, id: string, settings: Settings) {
    super(scope, id, { description: 'Referral Center: data', terminationProtection: true })
    this.table = new ReferralTable(this, 'Table')
    this.signingSecret = new SigningSecret(this, 'SigningSecret')
    this.lookupSecret = new LookupSecret(this, 'LookupSecret')
    this.identityProvider = settings.oidc ?? this.#userPool()
  }

  #userPool(): OidcProvider {
    const { pool, client, provider } = new Members(this, 'Members')
    new CfnOutput(this, 'UserPoolId', { value: pool.userPoolId })
    new CfnOutput(this, 'UserPoolClientId', { value: client.userPoolClientId })
    return provider
  }
}
