/**
 * A Lambda of the house: bundled alike, logging to its own group, holding a role with nothing
 * but what it was given by name, and with alarms that say what a user loses when it fails.
 */
import { join } from 'node:path'
import { type Duration, RemovalPolicy, Validations } from 'aws-cdk-lib'
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import { ApplicationLogLevel, Architecture, LoggingFormat, Runtime, Tracing } from 'aws-cdk-lib/aws-lambda'
import { type BundlingOptions, LogLevel, NodejsFunction, OutputFormat } from 'aws-cdk-lib/aws-lambda-nodejs'
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs'
import { Construct } from 'constructs'
import { type Alarms, alarmPeriod } from './alarms.ts'
import type { Settings } from './settings.ts'

/** Each names its file in `functions/`. */
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
  | 'on-timer'
  | 'sweep-overdue'

export interface FunctionProps {
  readonly alarms: Alarms
  /** What a user loses while this function fails. */
  readonly impact: string
  readonly timeout: Duration
  /** Searches the directory, and so holds regions of it in memory. */
  readonly searches?: boolean
  readonly environment: Record<string, string>
  readonly logLevel: Settings['logLevel']
}

/**
 * Megabytes that bring a whole processor (AWS Lambda Developer Guide, “Configure Lambda function memory”): a region of
 * 100,000 partners takes it five seconds to load, and 140 MB to hold.
 */
const searchMemory = 1769

const root = join(import.meta.dirname, '..')

const bundling: BundlingOptions = {
  format: OutputFormat.ESM,
  target: 'node24',
  mainFields: ['module', 'main'],
  minify: true,
  logLevel: LogLevel.WARNING,
  // A function's credentials come from its environment, so the SDK never asks for these other ways to get
  // some: a quarter of a bundle. All else of the SDK is bundled, being not named here.
  externalModules: [
    ...['http', 'ini', 'process', 'sso', 'web-identity'].map(
      source => `@aws-sdk/credential-provider-${source}`,
    ),
    '@smithy/credential-provider-imds',
  ],
  // As UTF-8, texts in other scripts take half of what their escapes do.
  esbuildArgs: { '--legal-comments': 'none', '--charset': 'utf8' },
  // What is CommonJS in the bundle calls `require`, which an ES module has not.
  banner: "import{createRequire}from'node:module';const require=createRequire(import.meta.url);",
}

/** Whose bundles have the gazetteer beside them, 3.7 MB. */
const locating: ReadonlySet<FunctionName> = new Set(['customer-api', 'partner-api', 'operator-api'])

const compileGazetteer = join(root, 'shared/discovery/gazetteer/compile.ts')

const gazetteer: BundlingOptions = {
  commandHooks: {
    beforeBundling: () => [],
    beforeInstall: () => [],
    afterBundling: (_, directory) => [`"${process.execPath}" "${compileGazetteer}" "${directory}"`],
  },
}

/** `customer-api` → `CustomerApi` */
const constructId = (name: FunctionName) => name.replace(/(?:^|-)(\w)/g, (_, letter) => letter.toUpperCase())

export class LambdaFunction extends Construct {
  readonly lambda: NodejsFunction
  readonly #role: Role

  constructor(scope: Construct, name: FunctionName, props: FunctionProps) {
    super(scope, constructId(name))
    const logGroup = new LogGroup(this, 'Logs', {
      retention: RetentionDays.ONE_MONTH,
      removalPolicy: RemovalPolicy.DESTROY,
    })
    this.#role = new Role(this, 'Role', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') })
    this.allow(['logs:CreateLogStream', 'logs:PutLogEvents'], [logGroup.logGroupArn])
    this.lambda = new NodejsFunction(this, 'Lambda', {
      entry: join(root, 'functions', `${name}.ts`),
      projectRoot: root,
      depsLockFilePath: join(root, 'package-lock.json'),
      bundling: { ...bundling, ...(locating.has(name) && gazetteer) },
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      memorySize: props.searches ? searchMemory : 512,
      timeout: props.timeout,
      tracing: Tracing.ACTIVE,
      loggingFormat: LoggingFormat.JSON,
      // In JSON it outranks the level that Powertools is told.
      applicationLogLevelV2: ApplicationLogLevel[props.logLevel],
      logGroup,
      role: this.#role,
      awsSdkConnectionReuse: false,
      environment: {
        ...props.environment,
        POWERTOOLS_SERVICE_NAME: name,
        POWERTOOLS_LOG_LEVEL: props.logLevel,
        POWERTOOLS_METRICS_NAMESPACE: 'ReferralCenter',
      },
    })
    Validations.of(this.#role).acknowledge({
      id: 'AwsSolutions::AwsSolutions-IAM5[Resource::*]',
      reason: 'X-Ray has no resources: writing a trace can be allowed on * only.',
    })
    this.#watch(props)
  }

  /** Adds exactly these actions on exactly these resources. */
  allow(actions: string[], resources: string[], conditions: PolicyStatement['conditions'] = {}): void {
    this.#role.addToPolicy(new PolicyStatement({ actions, resources, conditions }))
  }

  /** Passes over a wildcard in this function's own policy that has a reason. */
  acknowledge(id: string, reason: string): void {
    Validations.of(this.#role).acknowledge({ id, reason })
  }

  #watch({ alarms, impact }: FunctionProps): void {
    alarms.raise(this, 'Errors', {
      metric: this.lambda.metricErrors({ period: alarmPeriod }),
      above: 0,
      impact: `${this.node.id} fails: ${impact}`,
    })
    alarms.raise(this, 'Throttles', {
      metric: this.lambda.metricThrottles({ period: alarmPeriod }),
      above: 0,
      impact: `${this.node.id} is throttled, so it answers late or not at all: ${impact}`,
    })
  }
}
