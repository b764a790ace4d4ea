/**
 * The HTTP API: one route per declared operation, one function per audience, so that each audience's
 * function holds only its own rights.
 */
import { Duration, RemovalPolicy, Validations } from 'aws-cdk-lib'
import { AccessLogFormat } from 'aws-cdk-lib/aws-apigateway'
import {
  CfnIntegration,
  CfnRoute,
  type CfnStage,
  CorsHttpMethod,
  HttpApi,
  HttpAuthorizer,
  HttpAuthorizerType,
  HttpStage,
  LogGroupLogDestination,
} from 'aws-cdk-lib/aws-apigatewayv2'
import { MathExpression } from 'aws-cdk-lib/aws-cloudwatch'
import { ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs'
import { Construct } from 'constructs'
import type { Audience, Operation } from '../shared/kernel/operation.ts'
import { rfiOperations } from '../shared/referrals/contract.ts'
import { type Alarms, alarmPeriod } from './alarms.ts'
import { type FunctionName, type FunctionProps, LambdaFunction } from './function.ts'
import type { OidcProvider, Settings } from './settings.ts'
import type { ItemRights, ReferralTable } from './table.ts'

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

/** Items of an RFI and of what it takes to send it to partners. */
const requestReads = ['rfi', 'referrals', 'listing', 'reputation', 'program'] as const

/** The items that the function of each audience reads and writes. */
const itemRights = {
  customer: {
    get: ['rfi', 'program'],
    batchGet: [...requestReads, 'idempotency'],
    put: ['rfi', 'referrals', 'idempotency'],
    check: ['referrals'],
  },
  partner: {
    get: ['rfi', 'listing', 'program'],
    batchGet: [...requestReads, 'people', 'health'],
    put: ['referrals', 'listing', 'people', 'health'],
    check: ['rfi', 'listing'],
    query: ['referrals', 'listing', 'mail'],
  },
  operator: {
    get: ['rfi', 'listing', 'program', 'idempotency'],
    batchGet: [...requestReads, 'people', 'health', 'idempotency'],
    put: ['rfi', 'referrals', 'listing', 'people', 'program', 'idempotency'],
    check: ['referrals', 'listing'],
    query: ['referrals', 'rfi', 'listing', 'mail'],
  },
  reader: {
    get: ['rfi', 'referrals', 'health', 'mail', 'program'],
    batchGet: [...requestReads, 'people', 'health'],
    put: ['rfi', 'referrals', 'listing', 'people', 'health', 'mail'],
    check: ['referrals', 'listing'],
  },
} as const satisfies Partial<Record<Audience, ItemRights>>

/** Below API Gateway's 30 seconds: a function that has just started may have a large region to load. */
const timeout = Duration.seconds(29)

/** Why a route stands open. */
const whyOpen = {
  public: 'Open to everyone by its contract.',
  capability: 'Opened by the capability token of one RFI, which the function checks.',
  link: 'Opened by a signed link that came by mail, which the function checks.',
}

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
    const routes = this.#addRoutes(props)
    this.#addStage(props.settings, routes.get(rfiOperations.createRfi.id))
    this.#watch(props.alarms)
  }

  #gateway({ corsOrigins }: Settings): HttpApi {
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
    return http
  }

  #addStage(
    { throttleRate, throttleBurst, rfiRate, rfiBurst }: Settings,
    newRfi: CfnRoute | undefined,
  ): void {
    const logGroup = new LogGroup(this, 'AccessLogs', {
      retention: RetentionDays.ONE_MONTH,
      removalPolicy: RemovalPolicy.DESTROY,
    })
    const stage = new HttpStage(this, 'Stage', {
      httpApi: this.#http,
      stageName: '$default',
      autoDeploy: true,
      throttle: { rateLimit: throttleRate, burstLimit: throttleBurst },
      accessLogSettings: { destination: new LogGroupLogDestination(logGroup), format: accessLogFormat },
    })
    if (!newRfi) return
    // Whoever can send an RFI can have mail sent, so this one route has a limit of its own.
    const cfnStage = stage.node.defaultChild as CfnStage
    cfnStage.routeSettings = {
      [newRfi.routeKey]: { ThrottlingRateLimit: rfiRate, ThrottlingBurstLimit: rfiBurst },
    }
    cfnStage.addResourceDependency(newRfi)
  }

  /** By the operation's id. */
  #addRoutes(props: ApiProps): ReadonlyMap<string, CfnRoute> {
    const members = new HttpAuthorizer(this, 'Members', {
      httpApi: this.#http,
      type: HttpAuthorizerType.JWT,
      identitySource: ['$request.header.Authorization'],
      jwtIssuer: props.identityProvider.issuer,
      jwtAudience: props.identityProvider.audience,
    })
    const integrations = this.#integrations(props)
    const routes = new Construct(this, 'Routes')
    const made = new Map<string, CfnRoute>()
    for (const { id, method, path, audience, access } of props.operations) {
      const open = typeof access === 'string'
      const route = new CfnRoute(routes, id, {
        apiId: this.#http.apiId,
        routeKey: `${method} ${path}`,
        target: `integrations/${integrations[audience].ref}`,
        ...(open
          ? { authorizationType: 'NONE' }
          : { authorizationType: 'JWT', authorizerId: members.authorizerId }),
      })
      if (open)
        Validations.of(route).acknowledge({ id: 'AwsSolutions::AwsSolutions-APIG4', reason: whyOpen[access] })
      made.set(id, route)
    }
    return made
  }

  #integrations(props: ApiProps): Record<Audience, CfnIntegration> {
    const { table, settings } = props
    const members = {
      TABLE_NAME: table.tableName,
      SIGNING_SECRET: props.signingKey,
      PARTNER_CLAIM: settings.partnerClaim,
      ROLES_CLAIM: settings.rolesClaim,
    }
    const customer = this.#function('customer-api', props, {
      impact: 'customers cannot search, ask, or follow their request.',
      searches: true,
      environment: {
        TABLE_NAME: table.tableName,
        SIGNING_SECRET: props.signingKey,
      },
    })
    const partner = this.#function('partner-api', props, {
      impact: 'partners cannot read or answer their referrals.',
      searches: true,
      environment: members,
    })
    const operator = this.#function('operator-api', props, {
      impact: 'the operator cannot manage partners or enter referrals.',
      searches: true,
      environment: members,
    })
    const open = this.#function('open-api', props, {
      impact: 'the description of the API cannot be read.',
      environment: {},
    })
    const pages = this.#function('pages', props, {
      impact: 'links in mails show nothing: no answers by mail, no progress for customers.',
      searches: true,
      environment: { TABLE_NAME: table.tableName, SIGNING_SECRET: props.signingKey },
    })
    table.allowItems(customer, itemRights.customer)
    table.allowItems(partner, itemRights.partner)
    table.allowItems(operator, itemRights.operator)
    table.allowItems(pages, itemRights.reader)
    // Each ranks partners: for searches, suggestions, the own place in searches, and RFIs that name no partner.
    for (const fn of [customer, pages, partner, operator]) table.allowQuery(fn, 'directory')
    for (const fn of [partner, operator]) table.allowQuery(fn, 'list', 'hot')
    return {
      customer: this.#integrate(customer),
      partner: this.#integrate(partner),
      operator: this.#integrate(operator),
      open: this.#integrate(open),
      reader: this.#integrate(pages),
    }
  }

  #function(
    name: FunctionName,
    { alarms, logLevel }: ApiProps,
    own: Pick<FunctionProps, 'impact' | 'environment' | 'searches'>,
  ): LambdaFunction {
    return new LambdaFunction(this, name, { alarms, logLevel, timeout, ...own })
  }

  /** One integration and one permission per function: one per route would outgrow the function's policy. */
  #integrate({ lambda }: LambdaFunction): CfnIntegration {
    lambda.addPermission('HttpApi', {
      principal: new ServicePrincipal('apigateway.amazonaws.com'),
      sourceArn: this.#http.arnForExecuteApi(),
    })
    return new CfnIntegration(lambda, 'Integration', {
      apiId: this.#http.apiId,
      integrationType: 'AWS_PROXY',
      integrationUri: lambda.functionArn,
      payloadFormatVersion: '2.0',
    })
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
