/**
 * The HTTP API: one route per declared operation and for its HEAD method, a route for all other requests, and one function
 * per audience, so that each function has only the rights that its audience needs.
 */
import { Duration, RemovalPolicy, Stack, Validations } from 'aws-cdk-lib'
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
  readonly lookupKey: string
  readonly identityProvider: OidcProvider
  readonly operations: readonly Operation[]
  readonly settings: Settings
}

/**
 * Access logs contain no path, query or IP address: paths identify referrals, queries can contain tokens, and IP addresses
 * are personal data. The request id leads to the function's logs.
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

/** Classes of the items that are read to send an RFI to partners. */
const requestReads = ['rfi', 'referrals', 'listing', 'reputation', 'program'] as const

/** The classes of items that the function of each audience reads and writes. */
const itemRights = {
  customer: {
    get: ['rfi', 'program'],
    // The people of a partner are read once it has accepted, so that its customer knows whom to call.
    batchGet: [...requestReads, 'people', 'health', 'idempotency'],
    put: ['rfi', 'referrals', 'idempotency'],
    check: ['rfi', 'referrals'],
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
    check: ['rfi', 'referrals', 'listing'],
  },
} as const satisfies Partial<Record<Audience, ItemRights>>

/** Just below API Gateway's limit of 30 seconds, because the first search of a function can load a large region. */
const timeout = Duration.seconds(29)

/** Reasons for routes without an authorizer, by access. */
const openRouteReasons = {
  public: 'The operation is public.',
  capability: 'The function checks the capability token of the RFI.',
  link: 'The function checks the signed link from a mail.',
}

type RouteRights = Pick<Operation, 'audience' | 'access'>

export class Api extends Construct {
  /** Origin of links in mails: the operator's `publicUrl`, by default the API's endpoint. */
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
    this.#addAlarms(props.alarms)
  }

  #gateway({ corsOrigins }: Settings): HttpApi {
    return new HttpApi(this, 'Http', {
      apiName: 'referral-center',
      createDefaultStage: false,
      ...(corsOrigins.length > 0 && {
        corsPreflight: {
          allowOrigins: corsOrigins,
          allowMethods: [CorsHttpMethod.ANY],
          allowHeaders: ['authorization', 'content-type', 'if-match', 'if-none-match', 'idempotency-key'],
          exposeHeaders: ['etag', 'location', 'allow', 'retry-after'],
          maxAge: Duration.hours(1),
        },
      }),
    })
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
    // This route has its own limit, because anyone can use it to make the program send mail.
    const cfnStage = stage.node.defaultChild as CfnStage
    cfnStage.routeSettings = {
      [newRfi.routeKey]: { ThrottlingRateLimit: rfiRate, ThrottlingBurstLimit: rfiBurst },
    }
    cfnStage.addResourceDependency(newRfi)
  }

  /**
   * Adds a route for each operation, and a HEAD route beside each GET route: HTTP APIs answer HEAD with 404 otherwise. One
   * API can have 300 routes (API Gateway Developer Guide, "Quotas for configuring and running an HTTP API").
   * @returns the routes by operation id, without those of HEAD
   */
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
    const addRoute = (id: string, routeKey: string, { audience, access }: RouteRights): CfnRoute => {
      const isOpen = typeof access === 'string'
      const route = new CfnRoute(routes, id, {
        apiId: this.#http.apiId,
        routeKey,
        target: `integrations/${integrations[audience].ref}`,
        ...(isOpen
          ? { authorizationType: 'NONE' }
          : { authorizationType: 'JWT', authorizerId: members.authorizerId }),
      })
      if (isOpen)
        Validations.of(route).acknowledge({
          id: 'AwsSolutions::AwsSolutions-APIG4',
          reason: openRouteReasons[access],
        })
      return route
    }
    // Unknown paths and methods, and OPTIONS: the function that has no rights answers them.
    addRoute('Default', '$default', { audience: 'open', access: 'public' })
    const routesById = new Map<string, CfnRoute>()
    for (const operation of props.operations) {
      const { id, method, path } = operation
      routesById.set(id, addRoute(id, `${method} ${path}`, operation))
      if (method === 'GET') addRoute(`${id}Head`, `HEAD ${path}`, operation)
    }
    return routesById
  }

  #integrations(props: ApiProps): Record<Audience, CfnIntegration> {
    const functions = this.#functions(props)
    const { customer, partner, operator, open, reader } = functions
    this.#grantTable(functions, props.table)
    return {
      customer: this.#integrate(customer),
      partner: this.#integrate(partner),
      operator: this.#integrate(operator),
      open: this.#integrate(open),
      reader: this.#integrate(reader),
    }
  }

  #functions(props: ApiProps): Record<Audience, LambdaFunction> {
    const { settings } = props
    const program = {
      TABLE_NAME: props.table.tableName,
      SIGNING_SECRET: props.signingKey,
      LANGUAGES: settings.languages.join(','),
    }
    const members = {
      ...program,
      LOOKUP_SECRET: props.lookupKey,
      PARTNER_CLAIM: settings.partnerClaim,
      ROLES_CLAIM: settings.rolesClaim,
    }
    return {
      customer: this.#function('customer-api', props, {
        impact: 'customers cannot search, send requests or follow them.',
        searches: true,
        environment: program,
      }),
      partner: this.#function('partner-api', props, {
        impact: 'partners cannot read or answer their referrals.',
        searches: true,
        environment: members,
      }),
      operator: this.#function('operator-api', props, {
        impact: 'the operator cannot manage partners or create RFIs.',
        searches: true,
        environment: members,
      }),
      open: this.#function('open-api', props, {
        impact: 'the OpenAPI document is not available.',
        environment: {},
      }),
      reader: this.#function('pages', props, {
        impact:
          'links in mails do not work: partners cannot answer by mail, customers cannot follow their request.',
        searches: true,
        environment: program,
      }),
    }
  }

  #grantTable(
    { customer, partner, operator, reader }: Record<Audience, LambdaFunction>,
    table: ReferralTable,
  ): void {
    table.allowItems(customer, itemRights.customer)
    table.allowItems(partner, itemRights.partner)
    table.allowItems(operator, itemRights.operator)
    table.allowItems(reader, itemRights.reader)
    // These functions search: for the directory, suggestions, visibility, and routing of RFIs without recipients.
    for (const fn of [customer, reader, partner, operator]) table.allowQuery(fn, 'directory')
    for (const fn of [partner, operator])
      table.allowQuery(fn, 'list', 'hot', 'office', 'received', 'updated', 'dates', 'lookup')
    table.allowQuery(operator, 'program', 'region', 'changes')
  }

  #function(
    name: FunctionName,
    { alarms, logLevel }: ApiProps,
    own: Pick<FunctionProps, 'impact' | 'environment' | 'searches'>,
  ): LambdaFunction {
    return new LambdaFunction(this, name, { alarms, logLevel, timeout, ...own })
  }

  // Creates one integration and one permission per function: one per route would exceed the size limit of its policy. The
  // source ARN of a route is `<api>/<stage>/<method>/<path>`, and that of `$default` is `<api>/<stage>/$default`. The pattern
  // matches both, because a star matches slashes too (HttpLambdaIntegration of the CDK has the same pattern for `$default`).
  #integrate({ lambda }: LambdaFunction): CfnIntegration {
    lambda.addPermission('HttpApi', {
      principal: new ServicePrincipal('apigateway.amazonaws.com'),
      sourceArn: Stack.of(this).formatArn({
        service: 'execute-api',
        resource: this.#http.apiId,
        resourceName: '*/*',
      }),
    })
    return new CfnIntegration(lambda, 'Integration', {
      apiId: this.#http.apiId,
      integrationType: 'AWS_PROXY',
      integrationUri: lambda.functionArn,
      payloadFormatVersion: '2.0',
    })
  }

  #addAlarms(alarms: Alarms): void {
    // At least 20 requests, so that a single error at a quiet time raises no alarm.
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
      impact: 'More than 5 % of the requests fail with a server error.',
    })
  }
}
