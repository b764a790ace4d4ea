/** The SNS topic of all alarms, and methods to create alarms. The description of an alarm states its effect on users. */
import { Aws, Duration, RemovalPolicy } from 'aws-cdk-lib'
import { Alarm, ComparisonOperator, type IMetric, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch'
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions'
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import { Key } from 'aws-cdk-lib/aws-kms'
import { Topic } from 'aws-cdk-lib/aws-sns'
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions'
import { Construct } from 'constructs'

/** Default period of metrics in alarms. */
export const alarmPeriod = Duration.minutes(5)

interface AlarmProps {
  readonly metric: IMetric
  /** Alarms when the metric is greater than this. */
  readonly above: number
  /** Effect on users while the alarm lasts. Becomes the alarm's description. */
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
    // A customer-managed key, because CloudWatch may not use the AWS-managed key of SNS to publish.
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

  raise(scope: Construct, id: string, { metric, above, impact }: AlarmProps): void {
    this.#addActions(
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

  /** Creates an alarm for a metric that must never be 0 or missing. */
  raiseOnSilence(scope: Construct, id: string, { metric, impact }: Omit<AlarmProps, 'above'>): void {
    this.#addActions(
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

  #addActions(alarm: Alarm): void {
    alarm.addAlarmAction(this.#action)
    alarm.addOkAction(this.#action)
  }
}
