/**
 * A Lambda function with the settings that all functions share: bundling, a log group of its own, a role with only the rights
 * that are added by name, and alarms with the effect of a failure on users.
 */
import { join } from 'node:path'
import { type Duration, RemovalPolicy, Stack, Validations } from 'aws-cdk-lib'
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import {
  ApplicationLogLevel,
  Architecture,
  Function as CdkFunction,
  Code,
  LoggingFormat,
  Runtime,
  Tracing,
} from 'aws-cdk-lib/aws-lambda'
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs'
import { Construct } from 'constructs'
import { type Alarms, alarmPeriod } from './alarms.ts'
import { bundles } from './bundles.ts'
import type { Settings } from './settings.ts'

/** Names of the files in `functions/`. */
export type FunctionName =
  | 'customer-api'
  | 'partner-api'
  | 'operator-api'
  | 'open-api'
  | 'pages'
  | 'publish-events'
  | 'arm-timers'
  | 'suggest-partners'
  | 'send-mail'
  | 'send-digests'
  | 'record-mail-feedback'
  | 'update-reputation'
  | 'update-lookup'
  | 'on-timer'
  | 'sweep-overdue'

export interface FunctionProps {
  readonly alarms: Alarms
  /** Effect on users while this function fails. */
  readonly impact: string
  readonly timeout: Duration
  /** True for functions that search the directory, which they hold in memory. */
  readonly searches?: boolean
  readonly environment: Record<string, string>
  readonly logLevel: Settings['logLevel']
}

/**
 * Memory in MB of functions that search. 1,769 MB include one full vCPU (AWS Lambda Developer Guide, “Configure Lambda
 * function memory”), which loads a region of 100,000 partners in five seconds. The region takes 140 MB.
 */
const searchMemory = 1769

const root = join(import.meta.dirname, '..')

/** Returns the bundle of a function; its source when the stack is synthesized without bundling. */
const codeOf = (scope: Construct, name: FunctionName): Code =>
  Code.fromAsset(Stack.of(scope).bundlingRequired ? join(bundles(), name) : join(root, 'functions'))

/** `customer-api` → `CustomerApi` */
const constructId = (name: FunctionName) => name.replace(/(?:^|-)(\w)/g, (_, letter) => letter.toUpperCase())

export class LambdaFunction extends Construct {
  readonly lambda: CdkFunction
  readonly #role: Role

  constructor(scope: Construct, name: FunctionName, props: FunctionProps) {
    super(scope, constructId(name))
    const logGroup = new LogGroup(this, 'Logs', {
      retention: RetentionDays.ONE_MONTH,
      removalPolicy: RemovalPolicy.DESTROY,
    })
    this.#role = new Role(this, 'Role', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') })
    this.allow(['logs:CreateLogStream', 'logs:PutLogEvents'], [logGroup.logGroupArn])
    this.lambda = new CdkFunction(this, 'Lambda', {
      code: codeOf(this, name),
      handler: 'index.handler',
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      memorySize: props.searches ? searchMemory : 512,
      timeout: props.timeout,
      tracing: Tracing.ACTIVE,
      loggingFormat: LoggingFormat.JSON,
      // With the JSON format, Lambda applies this level on top of that of Powertools.
      applicationLogLevelV2: ApplicationLogLevel[props.logLevel],
      logGroup,
      role: this.#role,
      environment: {
        ...props.environment,
        POWERTOOLS_SERVICE_NAME: name,
        POWERTOOLS_LOG_LEVEL: props.logLevel,
        POWERTOOLS_METRICS_NAMESPACE: 'ReferralCenter',
      },
    })
    Validations.of(this.#role).acknowledge({
      id: 'AwsSolutions::AwsSolutions-IAM5[Resource::*]',
      reason: 'X-Ray has no resource types: writing traces can be allowed on * only.',
    })
    this.#addAlarms(props)
  }

  /** Adds exactly these actions on exactly these resources. */
  allow(actions: string[], resources: string[], conditions: PolicyStatement['conditions'] = {}): void {
    this.#role.addToPolicy(new PolicyStatement({ actions, resources, conditions }))
  }

  /** Suppresses a cdk-nag finding about a wildcard in this function's policy. */
  acknowledge(id: string, reason: string): void {
    Validations.of(this.#role).acknowledge({ id, reason })
  }

  #addAlarms({ alarms, impact }: FunctionProps): void {
    alarms.raise(this, 'Errors', {
      metric: this.lambda.metricErrors({ period: alarmPeriod }),
      above: 0,
      impact: `${this.node.id} fails: ${impact}`,
    })
    alarms.raise(this, 'Throttles', {
      metric: this.lambda.metricThrottles({ period: alarmPeriod }),
      above: 0,
      impact: `${this.node.id} is throttled and runs late or not at all: ${impact}`,
    })
  }
}
