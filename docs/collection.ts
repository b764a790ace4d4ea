/**
 * A collection of requests for Postman and Bruno (Postman Collection Format 2.1). Its requests are sent from top to bottom
 * against the local cloud: each stores ids, ETags and tokens from its response for the next ones.
 */
import { allOperations } from '../shared/api/contract.ts'
import type { openApiDocument } from '../shared/api/index.ts'
import type { Operation } from '../shared/kernel/operation.ts'

type Token = 'operatorToken' | 'partnerToken' | 'trackingToken'

/** Values to store from a response: JavaScript expressions of `body`, by the name of the variable. */
type Stores = Readonly<Record<string, string>>

interface OperationStep {
  readonly operation: string
  /** By default the summary of the operation. */
  readonly name?: string
  readonly token?: Token
  /** Values of path parameters. By default the variable of the same name. */
  readonly params?: Readonly<Record<string, string>>
  /** Query parameters that are sent. The other ones are in the collection, but disabled. */
  readonly query?: Readonly<Record<string, string>>
  /** Changes the example body: ids become variables. */
  readonly body?: (example: Record<string, unknown>) => unknown
  readonly ifMatch?: string
  /** The variable for the ETag of the response. */
  readonly etag?: string
  readonly stores?: Stores
}

/** A request to the local cloud, which a deployed program does not have. */
interface LocalStep {
  readonly name: string
  readonly local: `${'GET' | 'POST'} /_local/${string}`
  readonly body?: object
  readonly stores?: Stores
}

interface Folder {
  readonly name: string
  readonly description: string
  readonly steps: readonly (OperationStep | LocalStep)[]
}

const recipients = [{ profileId: '{{profileId}}', locationId: 'berlin' }]
const withRecipients = (example: Record<string, unknown>) => ({ ...example, recipients })

const rfiStores: Stores = {
  rfiId: 'body.id',
  trackingToken: 'body.trackingToken',
  referralId: 'body.recipients[0].referralId',
}

const newRfi = (name: string): OperationStep => ({
  operation: 'createRfi',
  name,
  body: withRecipients,
  etag: 'rfiEtag',
  stores: rfiStores,
})

const readReferral: OperationStep = { operation: 'getReferral', token: 'partnerToken', etag: 'referralEtag' }

const onReferral = (operation: string, stores: Stores = {}): OperationStep => ({
  operation,
  token: 'partnerToken',
  ifMatch: 'referralEtag',
  etag: 'referralEtag',
  stores,
})

const onRfi = (operation: string, body: () => unknown): OperationStep => ({
  operation,
  token: 'trackingToken',
  ifMatch: 'rfiEtag',
  etag: 'rfiEtag',
  body,
})

const onProfile = (operation: string): OperationStep => ({
  operation,
  token: 'partnerToken',
  params: { region: 'DE' },
  ifMatch: 'profileEtag',
  etag: 'profileEtag',
})

const settle: LocalStep = {
  name: 'Wait until all emails are sent',
  local: 'POST /_local/clock',
  body: { advance: 'PT0S' },
}

/** Sets how the local mail server treats emails to the customer of the example. */
const mailbox = (name: string, does: 'bounce' | 'deliver'): LocalStep => ({
  name,
  local: 'POST /_local/mailbox/behaviour',
  body: { address: 'purchasing@havelland-getriebe.example', does },
})

/** Stores the token of the link at this position in the newest mail to the contact of the example profile. */
const readLink = (name: string, page: 'answer' | 'mute', position: number): LocalStep => ({
  name,
  local: 'GET /_local/mail?to=sales.berlin@spreewerk.example',
  stores: {
    linkToken: `decodeURIComponent([...body[0].html.matchAll(/pages\\/${page}\\?token=([^"&]+)/g)][${position}][1])`,
  },
})

/** A region without partners in the demo. */
const otherRegion = 'LU'

const folders: readonly Folder[] = [
  {
    name: 'Sign in',
    description:
      'Gets tokens from the local cloud. A deployed program has an identity provider: set the variables by hand.',
    steps: [
      {
        name: 'Sign in as the operator',
        local: 'POST /_local/token',
        body: { role: 'operator' },
        stores: { operatorToken: 'body.accessToken' },
      },
    ],
  },
  {
    name: 'Operator: program and partners',
    description: 'The policy, the taxonomy and a new partner.',
    steps: [
      { operation: 'getPolicy', token: 'operatorToken', etag: 'policyEtag' },
      { operation: 'putPolicy', token: 'operatorToken', ifMatch: 'policyEtag' },
      {
        operation: 'getTaxonomyByOperator',
        token: 'operatorToken',
        etag: 'taxonomyEtag',
        stores: { taxonomy: 'JSON.stringify(body)' },
      },
      // Codes cannot be removed, so the short example of the contract cannot replace a whole taxonomy.
      {
        operation: 'putTaxonomy',
        token: 'operatorToken',
        ifMatch: 'taxonomyEtag',
        body: () => '{{taxonomy}}',
      },
      {
        operation: 'createPartner',
        token: 'operatorToken',
        etag: 'partnerEtag',
        stores: { partnerId: 'body.id' },
      },
      { operation: 'getPartner', token: 'operatorToken' },
      { operation: 'editPartner', token: 'operatorToken', ifMatch: 'partnerEtag' },
      { operation: 'listPartners', token: 'operatorToken' },
    ],
  },
  {
    name: 'Partner: company and profile',
    description: 'The new partner signs in, and publishes a business profile.',
    steps: [
      {
        name: 'Sign in as an administrator of the partner',
        local: 'POST /_local/token',
        body: { role: 'partner-admin', partnerId: '{{partnerId}}' },
        stores: { partnerToken: 'body.accessToken' },
      },
      { operation: 'getOwnPartner', token: 'partnerToken', etag: 'partnerEtag' },
      { operation: 'editOwnPartner', token: 'partnerToken', ifMatch: 'partnerEtag' },
      {
        operation: 'putProfile',
        token: 'partnerToken',
        params: { region: 'DE' },
        etag: 'profileEtag',
        stores: { profileId: 'body.id' },
      },
      { operation: 'reviewProfile', token: 'partnerToken', params: { region: 'DE' } },
      onProfile('activateProfile'),
      onProfile('confirmContacts'),
      { operation: 'confirmContact', token: 'partnerToken', params: { region: 'DE' } },
      { operation: 'getProfile', token: 'partnerToken', params: { region: 'DE' } },
      { operation: 'listProfiles', token: 'partnerToken' },
      { operation: 'listProfileVersions', token: 'partnerToken', params: { region: 'DE' } },
      { operation: 'getVisibility', token: 'partnerToken', query: { region: 'DE' } },
      { operation: 'listProfilesByOperator', token: 'operatorToken' },
      { operation: 'listUnhealthyProfiles', token: 'operatorToken' },
    ],
  },
  {
    name: 'Customer: search and send a request',
    description: 'A customer finds the partner and sends a request for information.',
    steps: [
      { operation: 'getTaxonomy', query: { locale: 'de' } },
      { operation: 'searchDirectory', query: { region: 'DE', near: 'Berlin', products: 'erp' } },
      { operation: 'getDirectoryProfile' },
      newRfi('Send a request for information (RFI)'),
      { operation: 'getRfi', token: 'trackingToken', etag: 'rfiEtag' },
      {
        operation: 'addRecipients',
        token: 'trackingToken',
        body: () => ({ recipients }),
        ifMatch: 'rfiEtag',
      },
    ],
  },
  {
    name: 'Partner: answer and close',
    description: 'The partner accepts the referral and wins the deal.',
    steps: [
      { operation: 'listReferrals', token: 'partnerToken', query: { stage: 'inbox' } },
      { operation: 'getAlert', token: 'partnerToken' },
      readReferral,
      { operation: 'getTimeline', token: 'partnerToken' },
      onReferral('showContact'),
      onReferral('extendReferral'),
      onReferral('acceptReferral'),
      onReferral('editDeal'),
      onReferral('addColleague', { colleagueId: 'body.colleagues[body.colleagues.length - 1].id' }),
      onReferral('removeColleague'),
      onReferral('closeReferral'),
      onReferral('undoAnswer'),
      { ...onReferral('closeReferral'), name: 'Close the referral again' },
      { operation: 'getSimilar', token: 'partnerToken' },
    ],
  },
  {
    name: 'Customer: deny a win, choose, ask again',
    description:
      'The customer denies the reported win, the partner works on the deal again, and the customer decides about a second request.',
    steps: [
      { operation: 'getRfi', name: 'Get the RFI with the win', token: 'trackingToken', etag: 'rfiEtag' },
      onRfi('denyWin', () => ({ referralId: '{{referralId}}' })),
      { ...readReferral, name: 'Get the referral with the denied win' },
      onReferral('resumeReferral'),
      newRfi('Send an RFI to decide about'),
      onRfi('chooseOutcome', () => ({ outcome: 'elsewhere' })),
      onRfi('reopenRfi', () => ({ referralIds: ['{{referralId}}'] })),
      onRfi('dismissPartner', () => ({ referralId: '{{referralId}}' })),
    ],
  },
  {
    name: 'Customer: correct an email address',
    description: 'Emails to the customer bounce, and the customer corrects the address.',
    steps: [
      mailbox('Let emails to the customer bounce', 'bounce'),
      newRfi('Send an RFI with a dead address'),
      settle,
      { operation: 'getRfi', name: 'Get the RFI after the bounce', token: 'trackingToken', etag: 'rfiEtag' },
      onRfi('correctAddress', () => ({ email: 'it@havelland-getriebe.example' })),
      mailbox('Let emails to the customer arrive again', 'deliver'),
    ],
  },
  {
    name: 'Partner: decline',
    description: 'The partner declines a second referral.',
    steps: [newRfi('Send a second RFI'), readReferral, onReferral('declineReferral')],
  },
  {
    name: 'Customer: withdraw',
    description: 'The customer withdraws a third request.',
    steps: [
      newRfi('Send a third RFI'),
      { operation: 'withdrawRfi', token: 'trackingToken', ifMatch: 'rfiEtag', etag: 'rfiEtag' },
    ],
  },
  {
    name: 'Operator: requests and referrals',
    description:
      'The operator enters RFIs for customers who call or write, and reads and withdraws referrals.',
    steps: [
      {
        operation: 'createRfiByOperator',
        token: 'operatorToken',
        etag: 'rfiEtag',
        stores: { rfiId: 'body.id' },
      },
      { operation: 'listRfis', token: 'operatorToken', query: { status: 'open' } },
      { operation: 'getRfiByOperator', token: 'operatorToken', etag: 'rfiEtag' },
      { operation: 'getRouting', token: 'operatorToken' },
      { operation: 'dryRunRouting', token: 'operatorToken' },
      { operation: 'withdrawRfiByOperator', token: 'operatorToken', ifMatch: 'rfiEtag' },
      {
        operation: 'createRfiByOperator',
        name: 'Enter an RFI with recipients',
        token: 'operatorToken',
        body: withRecipients,
        etag: 'rfiEtag',
        stores: { rfiId: 'body.id', referralId: 'body.recipients[0].referralId' },
      },
      {
        operation: 'addRecipientsByOperator',
        token: 'operatorToken',
        body: () => ({ recipients }),
        ifMatch: 'rfiEtag',
      },
      { operation: 'lookUp', token: 'operatorToken', query: { q: 'Havelland' } },
      { operation: 'listReferralsByOperator', token: 'operatorToken', query: { stage: 'all' } },
      { operation: 'getReferralByOperator', token: 'operatorToken', etag: 'referralEtag' },
      { operation: 'getTimelineByOperator', token: 'operatorToken' },
      { operation: 'withdrawReferral', token: 'operatorToken', ifMatch: 'referralEtag' },
    ],
  },
  {
    name: 'Operator: route an RFI later',
    description: 'An RFI that matches no partner waits until a partner has a profile in its region.',
    steps: [
      {
        operation: 'createRfiByOperator',
        name: 'Enter an RFI that matches no partner',
        token: 'operatorToken',
        body: example => ({ ...example, region: otherRegion }),
        etag: 'rfiEtag',
        stores: { rfiId: 'body.id' },
      },
      { operation: 'listUnroutedRfis', token: 'operatorToken' },
      {
        operation: 'putProfile',
        name: 'Create a profile in the region',
        token: 'partnerToken',
        params: { region: otherRegion },
        etag: 'profileEtag',
      },
      {
        operation: 'activateProfile',
        token: 'partnerToken',
        params: { region: otherRegion },
        ifMatch: 'profileEtag',
        etag: 'profileEtag',
      },
      {
        name: 'Wait until the directory has the profile',
        local: 'POST /_local/clock',
        body: { advance: 'PT10S' },
      },
      { operation: 'routeRfi', token: 'operatorToken', ifMatch: 'rfiEtag' },
      {
        operation: 'deactivateProfile',
        token: 'partnerToken',
        params: { region: otherRegion },
        ifMatch: 'profileEtag',
      },
    ],
  },
  {
    name: 'Readers of emails: pages behind links',
    description: 'The links in emails. The local cloud shows the emails at `/_local/mailbox`.',
    steps: [
      newRfi('Send an RFI to answer by email'),
      settle,
      readLink('Read the link to decline in the email', 'answer', 1),
      { operation: 'getAnswerPage', query: { token: '{{linkToken}}' } },
      { operation: 'postAnswer', query: { token: '{{linkToken}}' } },
      readLink('Read the link to turn off email', 'mute', 0),
      { operation: 'getMutePage', query: { token: '{{linkToken}}' } },
      { operation: 'postMute', query: { token: '{{linkToken}}' } },
      newRfi('Send an RFI to withdraw on its page'),
      { operation: 'getRequestPage', query: { token: '{{trackingToken}}' } },
      { operation: 'postRequest', query: { token: '{{trackingToken}}' } },
    ],
  },
  {
    name: 'Partner: reopen',
    description:
      'A referral expires without an answer, and is reopened. The clock of the local cloud moves 14 days.',
    steps: [
      newRfi('Send an RFI that is not answered in time'),
      { name: 'Advance the clock by 14 days', local: 'POST /_local/clock', body: { advance: 'P14DT1H' } },
      readReferral,
      onReferral('reopenReferral'),
    ],
  },
  {
    name: 'Open',
    description: 'The description of this API.',
    steps: [{ operation: 'getOpenApi' }],
  },
]

type Document = ReturnType<typeof openApiDocument>

interface Parameter {
  readonly name: string
  readonly in: 'path' | 'query' | 'header'
  readonly description: string
  readonly example?: unknown
}

/** The parts of an operation in the OpenAPI document that requests are made from. */
interface Described {
  readonly operationId: string
  readonly summary: string
  readonly description: string
  readonly parameters: readonly Parameter[]
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly example: unknown }>> }
}

const describedIn = ({ paths }: Document): ReadonlyMap<string, Described> =>
  new Map(
    Object.values(paths as Record<string, Record<string, Described>>)
      .flatMap(methods => Object.values(methods))
      .map(operation => [operation.operationId, operation]),
  )

const variables: Readonly<Record<string, string>> = { baseUrl: 'http://localhost:3000' }

export const requestCollection = (document: Document): object => {
  const described = describedIn(document)
  return {
    info: {
      name: 'Referral Center',
      description: 'Start the local cloud with `npm start`, and send the requests from top to bottom.',
      schema: 'https://schema.getpostman.com/json/collection/v2.1.0/collection.json',
    },
    variable: Object.entries(variables).map(([key, value]) => ({ key, value })),
    item: folders.map(({ name, description, steps }) => ({
      name,
      description,
      item: steps.map(step => ('local' in step ? localRequest(step) : operationRequest(step, described))),
    })),
  }
}

const script = (stores: Stores, etag?: string): object[] => {
  const lines = [
    ...(Object.keys(stores).length > 0 ? ['const body = pm.response.json()'] : []),
    ...Object.entries(stores).map(([name, value]) => `pm.collectionVariables.set('${name}', ${value})`),
    ...(etag ? [`pm.collectionVariables.set('${etag}', pm.response.headers.get('ETag'))`] : []),
  ]
  return lines.length > 0 ? [{ listen: 'test', script: { type: 'text/javascript', exec: lines } }] : []
}

const json = (body: unknown): object => ({
  mode: 'raw',
  raw: typeof body === 'string' ? body : JSON.stringify(body, null, 2),
  options: { raw: { language: 'json' } },
})

const form = (fields: object): object => ({
  mode: 'urlencoded',
  urlencoded: Object.entries(fields).map(([key, value]) => ({ key, value: String(value) })),
})

const jsonHeader = { key: 'Content-Type', value: 'application/json' }

const localRequest = ({ name, local, body, stores = {} }: LocalStep): object => {
  const [method = '', path = ''] = local.split(' ')
  return {
    name,
    event: script(stores),
    request: {
      description: 'A request to the local cloud. A deployed program does not have it.',
      auth: { type: 'noauth' },
      method,
      header: body ? [jsonHeader] : [],
      url: `{{baseUrl}}${path}`,
      ...(body && { body: json(body) }),
    },
  }
}

const findOperation = (id: string): Operation => {
  const found = allOperations.find(operation => operation.id === id)
  if (!found) throw new Error(`unknown operation ${id}`)
  return found
}

const bearer = (token: Token): object => ({
  type: 'bearer',
  bearer: [{ key: 'token', value: `{{${token}}}`, type: 'string' }],
})

const operationRequest = (step: OperationStep, described: ReadonlyMap<string, Described>): object => {
  const { id, method, idempotent, page } = findOperation(step.operation)
  const operation = described.get(id)
  if (!operation) throw new Error(`the document does not have the operation ${id}`)
  const example = Object.values(operation.requestBody?.content ?? {})[0]?.example
  const body: unknown = example && (step.body ? step.body(example as Record<string, unknown>) : example)
  return {
    name: step.name ?? operation.summary,
    event: script(step.stores ?? {}, step.etag),
    request: {
      description: operation.description,
      auth: step.token ? bearer(step.token) : { type: 'noauth' },
      method,
      header: [
        ...(step.ifMatch ? [{ key: 'If-Match', value: `{{${step.ifMatch}}}` }] : []),
        ...(idempotent ? [{ key: 'Idempotency-Key', value: '{{$guid}}' }] : []),
        ...(body && !page ? [jsonHeader] : []),
      ],
      url: urlOf(step, operation),
      ...(body !== undefined && { body: page ? form(body as object) : json(body) }),
    },
  }
}

const urlOf = (
  { operation: id, params = {}, query = {} }: OperationStep,
  { parameters }: Described,
): object => {
  const path = findOperation(id)
    .path.slice(1)
    .replace(/\{(\w+)\}/g, ':$1')
    .split('/')
  const queryParameters = parameters
    .filter(parameter => parameter.in === 'query')
    .map(({ name, description, example }) => ({
      key: name,
      value: query[name] ?? String(example ?? ''),
      description,
      ...(!(name in query) && { disabled: true }),
    }))
  const sent = Object.entries(query).map(([name, value]) => `${name}=${value}`)
  return {
    raw: `{{baseUrl}}/${path.join('/')}${sent.length > 0 ? `?${sent.join('&')}` : ''}`,
    host: ['{{baseUrl}}'],
    path,
    query: queryParameters,
    variable: parameters
      .filter(parameter => parameter.in === 'path')
      .map(({ name, description }) => ({ key: name, value: params[name] ?? `{{${name}}}`, description })),
  }
}

/** The operations without a request in the collection. */
export const operationsWithoutRequest = (): string[] => {
  const used = new Set(
    folders.flatMap(({ steps }) => steps.flatMap(step => ('operation' in step ? [step.operation] : []))),
  )
  return allOperations.filter(({ id, path }) => path.startsWith('/v1/') && !used.has(id)).map(({ id }) => id)
}
