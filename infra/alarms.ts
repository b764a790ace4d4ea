/** One topic that every alarm reports to, and the ways to raise an alarm: with what a user loses. */
import { Aws, Duration, RemovalPolicy } from 'aws-cdk-lib'
import { Alarm, ComparisonOperator, type IMetric, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch'
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions'
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import { Key } from 'aws-cdk-lib/aws-kms'
import { Topic } from 'aws-cdk-lib/aws-sns'
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions'
import { Construct } from 'constructs'

/** The span that alarms look at, unless a metric says otherwise. */
export const alarmPeriod = Duration.minutes(5)

interface Raised {
  readonly metric: IMetric
  /** Alarms when the metric is greater than this. */
  readonly above: number
  /** What a user loses while this lasts: the text of the alarm. */
  readonly impact: string
}

export class Alarms extends Construct {
  readonly topic: Topic
  readonly #action: SnsAction

  constructor(scope: Construct, id: string, email: string | undefined) {
    super(scope, id)
    const cloudwatch = new ServicePrincipal('cloudwatch.amazonaws.com', {
      conditions: { StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID } },
    })
    // A key of our own: CloudWatch may not use the AWS-managed key of SNS, and would fail to publish.
    const masterKey = new Key(this, 'Key', {
      description: 'Alarms of Referral Center',
      enableKeyRotation: true,
      removalPolicy: RemovalPolicy.DESTROY,
    })
    masterKey.addToResourcePolicy(
      new PolicyStatement({
        principals: [cloudwatch],
        actions: ['kms:Decrypt', 'kms:GenerateDataKey*'],
        resources: ['*'],
      }),
    )
    this.topic = new Topic(this, 'Topic', { masterKey, enforceSSL: true })
    this.topic.addToResourcePolicy(
      new PolicyStatement({
        principals: [cloudwatch],
        actions: ['sns:Publish'],
        resources: [this.topic.topicArn],
      }),
    )
    if (email) this.topic.addSubscription(new EmailSubscription(email))
    this.#action = new SnsAction(this.topic)
  }

  raise(scope: Construct, id: string, { metric, above, impact }: Raised): void {
    this.#report(
      new Alarm(scope, id, {
        metric,
        threshold: above,
        comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
        evaluationPeriods: 1,
        treatMissingData: TreatMissingData.NOT_BREACHING,
        alarmDescription: impact,
      }),
    )
  }

  /** Alarms when a metric that should always show something shows nothing. */
  raiseOnSilence(scope: Construct, id: string, { metric, impact }: Omit<Raised, 'above'>): void {
    this.#report(
      new Alarm(scope, id, {
        metric,
        threshold: 1,
        comparisonOperator: ComparisonOperator.LESS_THAN_THRESHOLD,
        evaluationPeriods: 1,
        treatMissingData: TreatMissingData.BREACHING,
        alarmDescription: impact,
      }),
    )
  }

  #report(alarm: Alarm): void {
    alarm.addAlarmAction(this.#action)
    alarm.addOkAction(this.#action)
  }
}
