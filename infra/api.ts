/**
 * The HTTP API: one route per declared operation, one function per audience, so that each audience's
 * function holds only its own rights.
 */
import { Duration, RemovalPolicy, Validations } from 'aws-cdk-lib'
import { AccessLogFormat } from 'aws-cdk-lib/aws-apigateway'
import {
  CorsHttpMethod,
  HttpApi,
  type HttpMethod,
  type HttpRoute,
  HttpStage,
  LogGroupLogDestination,
} from 'aws-cdk-lib/aws-apigatewayv2'
import { HttpJwtAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2-authorizers'
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations'
import { MathExpression } from 'aws-cdk-lib/aws-cloudwatch'
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs'
import { Construct } from 'constructs'
import type { Audience, Operation } from '../shared/platform/contract.ts'
import { type Alarms, alarmPeriod } from './alarms.ts'
import { type FunctionProps, LambdaFunction } from './function.ts'
import type { OidcProvider, Settings } from './settings.ts'
import type { ReferralTable } from './table.ts'

interface ApiProps extends Pick<FunctionProps, 'alarms' | 'logLevel'> {
  readonly table: ReferralTable
  readonly signingKey: string
  readonly identityProvider: OidcProvider
  readonly operations: readonly Operation[]
  readonly settings: Settings
}

/**
 * No path, query or address of the caller: a path names referrals, a query may hold a token, and
 * an address is personal data. The route, the times and the request id find the rest in the logs.
 */
const accessLogFormat = AccessLogFormat.custom(
  JSON.stringify({
    requestId: '$context.requestId',
    requestTime: '$context.requestTime',
    routeKey: '$context.routeKey',
    status: '$context.status',
    responseLength: '$context.responseLength',
    responseLatency: '$context.responseLatency',
    integrationLatency: '$context.integrationLatency',
    integrationStatus: '$context.integrationStatus',
    integrationError: '$context.integrationErrorMessage',
    authorizerError: '$context.authorizer.error',
  }),
)

const readAndWrite = [
  'dynamodb:GetItem',
  'dynamodb:BatchGetItem',
  'dynamodb:PutItem',
  'dynamodb:UpdateItem',
  'dynamodb:DeleteItem',
]

export class Api extends Construct {
  /** Where customers' links point: the operator's own origin, or else the API's endpoint. */
  readonly publicUrl: string
  readonly endpoint: string
  readonly #http: HttpApi

  constructor(scope: Construct, id: string, props: ApiProps) {
    super(scope, id)
    this.#http = this.#gateway(props.settings)
    this.endpoint = this.#http.apiEndpoint
    this.publicUrl = props.settings.publicUrl ?? this.endpoint
    this.#route(props)
    this.#watch(props.alarms)
  }

  #gateway({ corsOrigins, throttleRate, throttleBurst }: Settings): HttpApi {
    const http = new HttpApi(this, 'Http', {
      apiName: 'referral-center',
      createDefaultStage: false,
      ...(corsOrigins.length > 0 && {
        corsPreflight: {
          allowOrigins: corsOrigins,
          allowMethods: [CorsHttpMethod.ANY],
          allowHeaders: ['authorization', 'content-type', 'if-match', 'idempotency-key'],
          exposeHeaders: ['etag', 'location'],
          maxAge: Duration.hours(1),
        },
      }),
    })
    const logGroup = new LogGroup(this, 'AccessLogs', {
      retention: RetentionDays.ONE_MONTH,
      removalPolicy: RemovalPolicy.DESTROY,
    })
    new HttpStage(this, 'Stage', {
      httpApi: http,
      stageName: '$default',
      autoDeploy: true,
      throttle: { rateLimit: throttleRate, burstLimit: throttleBurst },
      accessLogSettings: { destination: new LogGroupLogDestination(logGroup), format: accessLogFormat },
    })
    return http
  }

  #route(props: ApiProps): void {
    const { issuer, audience } = props.identityProvider
    const authorizer = new HttpJwtAuthorizer('Members', issuer, { jwtAudience: audience })
    const integrations = this.#integrations(props)
    for (const { method, path, audience: whose, access } of props.operations) {
      const forMembers = typeof access !== 'string'
      const routes = this.#http.addRoutes({
        path,
        methods: [method as HttpMethod],
        integration: integrations[whose],
        ...(forMembers && { authorizer }),
      })
      if (!forMembers) routes.forEach(leaveOpen)
    }
  }

  #integrations(props: ApiProps): Record<Audience, HttpLambdaIntegration> {
    const { table, settings } = props
    const shared = { TABLE_NAME: table.tableName, SIGNING_SECRET: props.signingKey }
    const claims = { PARTNER_CLAIM: settings.partnerClaim, ROLES_CLAIM: settings.rolesClaim }
    const integrate = (audience: Audience, impact: string, environment: Record<string, string>) => {
      const { alarms, logLevel } = props
      const timeout = Duration.seconds(10)
      const fn = new LambdaFunction(this, `${audience}-api`, {
        alarms,
        impact,
        logLevel,
        timeout,
        environment,
      })
      // One permission for the whole API: one per route would outgrow the function's policy.
      const integration = new HttpLambdaIntegration(fn.node.id, fn.lambda, { scopePermissionToRoute: false })
      return { fn, integration }
    }
    const customer = integrate('customer', 'customers cannot search, ask, or follow their request.', {
      ...shared,
      PUBLIC_URL: this.publicUrl,
    })
    const partner = integrate('partner', 'partners cannot read or answer their referrals.', {
      ...shared,
      ...claims,
    })
    const operator = integrate('operator', 'the operator cannot manage partners or enter referrals.', {
      ...shared,
      ...claims,
    })
    const open = integrate('open', 'the description of the API cannot be read.', {})
    for (const { fn } of [customer, partner, operator]) fn.allow(readAndWrite, [table.tableArn])
    customer.fn.allow(['dynamodb:Query'], [table.indexArn('list')])
    for (const { fn } of [partner, operator])
      fn.allow(['dynamodb:Query'], [table.tableArn, table.indexArn('list')])
    return {
      customer: customer.integration,
      partner: partner.integration,
      operator: operator.integration,
      open: open.integration,
    }
  }

  #watch(alarms: Alarms): void {
    // A floor of 20 requests, so that one failure in a quiet night wakes nobody.
    alarms.raise(this, 'ServerErrors', {
      metric: new MathExpression({
        label: 'Server errors, percent',
        expression: 'IF(requests >= 20, 100 * errors / requests, 0)',
        usingMetrics: {
          requests: this.#http.metricCount({ statistic: 'Sum' }),
          errors: this.#http.metricServerError({ statistic: 'Sum' }),
        },
        period: alarmPeriod,
      }),
      above: 5,
      impact: 'More than one request in twenty fails on our side.',
    })
  }
}

const leaveOpen = (route: HttpRoute) =>
  Validations.of(route).acknowledge({
    id: 'AwsSolutions-APIG4',
    reason: 'Open to all, or opened by the capability token of one RFI, which the function checks.',
  })
