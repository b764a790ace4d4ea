/**
 * Evaluates the IAM policies of the template for functions, roles and services. The parts of the policy language that
 * are not supported (NotPrincipal, an unknown operator) are errors, never a silent allow.
 */
import { AwsError } from '../../runtime/aws-error.ts'
import type { AccessRequest } from '../../runtime/aws-service.ts'
import type { Resource, Template } from '../../runtime/template.ts'

interface Statement {
  readonly Effect: 'Allow' | 'Deny'
  readonly Action?: string | readonly string[]
  readonly NotAction?: string | readonly string[]
  readonly Resource?: string | readonly string[]
  readonly NotResource?: string | readonly string[]
  readonly Principal?: '*' | Readonly<Record<string, string | readonly string[]>>
  readonly NotPrincipal?: unknown
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, unknown>>>>
}

interface PolicyDocument {
  readonly Statement: Statement | readonly Statement[]
}

type Decision = 'allowed' | 'implicitDeny' | 'explicitDeny'

export class Iam {
  readonly #account: string
  readonly #roleByFunction: ReadonlyMap<string, string>
  readonly #functionNames: ReadonlyMap<string, string>
  readonly #roles: ReadonlyMap<string, Resource>
  readonly #identityPolicies: ReadonlyMap<string, Statement[]>
  readonly #queuePolicies: ReadonlyMap<string, Statement[]>

  constructor(template: Template) {
    const functions = template.ofType('AWS::Lambda::Function')
    const roles = template.ofType('AWS::IAM::Role')
    this.#account = template.account
    this.#functionNames = new Map(functions.map(({ logicalId, ref }) => [logicalId, ref]))
    this.#roleByFunction = new Map(
      functions.map(({ logicalId, properties }) => [logicalId, String(properties.Role)]),
    )
    this.#roles = new Map(roles.map(role => [role.arn, role]))
    this.#identityPolicies = new Map(roles.map(role => [role.arn, statementsOfRole(template, role)]))
    this.#queuePolicies = queuePolicies(template)
  }

  /** All statements of all roles, for services whose resources exist only as names in policies. */
  identityStatements(): Statement[] {
    return [...this.#identityPolicies.values()].flat()
  }

  /** Name of a function's role; undefined for other callers. */
  roleName(logicalId: string): string | undefined {
    return this.#roleByFunction.get(logicalId)?.replace(/^.*role\//, '')
  }

  /** Throws AccessDeniedException unless the function's role allows every request. */
  authorizeFunction(logicalId: string, requests: readonly AccessRequest[]): void {
    const roleArn = this.#roleByFunction.get(logicalId) ?? ''
    const session = `${this.roleName(logicalId) ?? ''}/${this.#functionNames.get(logicalId)}`
    const user = `arn:aws:sts::${this.#account}:assumed-role/${session}`
    for (const request of requests) this.#authorize(roleArn, user, request)
  }

  /** Throws AccessDeniedException unless the role's own policies allow the request. */
  authorizeRole(roleArn: string, request: AccessRequest): void {
    this.#authorize(roleArn, roleArn, request)
  }

  /** True when the policy of the queue allows the request to an AWS service that acts for `sourceArn`. */
  allowsService(service: string, sourceArn: string, request: AccessRequest): boolean {
    const statements = this.#queuePolicies.get(request.resource) ?? []
    const forService = statements.filter(({ Principal }) => includesService(Principal, service))
    return decide(forService, this.#withSource(request, sourceArn)) === 'allowed'
  }

  /** True when an AWS service that acts for `sourceArn` may assume a role of the template. */
  canAssume(service: string, sourceArn: string, roleArn: string): boolean {
    const role = this.#roles.get(roleArn)
    if (!role) return false
    const trust = statementsOf(role.properties.AssumeRolePolicyDocument)
    const forService = trust.filter(({ Principal }) => includesService(Principal, service))
    const request = this.#withSource({ action: 'sts:AssumeRole', resource: roleArn }, sourceArn)
    // A trust policy belongs to its role and names no resource.
    return (
      decide(
        forService.map(statement => ({ ...statement, Resource: '*' })),
        request,
      ) === 'allowed'
    )
  }

  #withSource(request: AccessRequest, sourceArn: string): AccessRequest {
    const source = { 'aws:SourceArn': sourceArn, 'aws:SourceAccount': this.#account }
    return { ...request, context: { ...source, ...request.context } }
  }

  #authorize(roleArn: string, user: string, request: AccessRequest): void {
    const decision = this.#decide(roleArn, request)
    if (decision === 'allowed') return
    const because =
      decision === 'explicitDeny'
        ? 'with an explicit deny in an identity-based policy'
        : `because no identity-based policy allows the ${request.action} action`
    const { action, resource } = request
    const message = `User: ${user} is not authorized to perform: ${action} on resource: ${resource} ${because}`
    throw new AwsError('AccessDeniedException', message, 403)
  }

  #decide(roleArn: string, request: AccessRequest): Decision {
    const decision = decide(this.#identityPolicies.get(roleArn) ?? [], request)
    return decision === 'allowed' ? this.#deniedByQueue(request) : decision
  }

  /** Within an account, a resource's own policy can still deny what the identity is allowed. */
  #deniedByQueue(request: AccessRequest): Decision {
    const forEveryone = (this.#queuePolicies.get(request.resource) ?? []).filter(
      ({ Principal }) => Principal === '*' || (Principal && [Principal.AWS].flat().includes('*')),
    )
    return decide(forEveryone, request) === 'explicitDeny' ? 'explicitDeny' : 'allowed'
  }
}

/** IAM's rule: an explicit deny wins, then an allow; with neither, access is denied. */
export const decide = (statements: readonly Statement[], request: AccessRequest): Decision => {
  const applying = statements.filter(statement => applies(statement, request))
  if (applying.some(({ Effect }) => Effect === 'Deny')) return 'explicitDeny'
  return applying.length > 0 ? 'allowed' : 'implicitDeny'
}

const applies = (statement: Statement, request: AccessRequest): boolean => {
  if (statement.NotPrincipal) throw new Error('The local cloud does not support NotPrincipal')
  return (
    matchesElement(statement.Action, statement.NotAction, request.action.toLowerCase(), true) &&
    matchesElement(statement.Resource, statement.NotResource, request.resource, false) &&
    Object.entries(statement.Condition ?? {}).every(([operator, keys]) =>
      Object.entries(keys).every(([key, values]) => holds(operator, key, values, request)),
    )
  )
}

/** Compares actions without regard to case, and resources exactly. */
const matchesElement = (
  wanted: string | readonly string[] | undefined,
  unwanted: string | readonly string[] | undefined,
  value: string,
  lowerCase: boolean,
): boolean => {
  const matches = (patterns: string | readonly string[]) =>
    [patterns].flat().some(pattern => like(lowerCase ? pattern.toLowerCase() : pattern, value))
  if (unwanted !== undefined) return !matches(unwanted)
  return wanted !== undefined && matches(wanted)
}

const patterns = new Map<string, RegExp>()

/** IAM's wildcards: `*` for any text, `?` for one character. */
const like = (pattern: string, value: string): boolean => {
  if (pattern === '*') return true
  let expression = patterns.get(pattern)
  if (!expression) {
    const source = pattern
      .replace(/[.+^${}()|[\]\\]/g, '\\$&')
      .replaceAll('*', '.*')
      .replaceAll('?', '.')
    expression = new RegExp(`^${source}$`, 's')
    patterns.set(pattern, expression)
  }
  return expression.test(value)
}

type Comparison = (wanted: string, value: string) => boolean
const equals: Comparison = (wanted, value) => wanted === value
const equalsIgnoringCase: Comparison = (wanted, value) => wanted.toLowerCase() === value.toLowerCase()

const comparisons: Record<string, Comparison> = {
  StringEquals: equals,
  StringEqualsIgnoreCase: equalsIgnoringCase,
  StringLike: like,
  ArnEquals: like,
  ArnLike: like,
  Bool: equalsIgnoringCase,
}

const operatorPattern = /^(?:(ForAllValues|ForAnyValue):)?(.+?)(IfExists)?$/

/** True when a condition key satisfies its operator. The values of a key are alternatives. */
const holds = (operator: string, key: string, wanted: unknown, request: AccessRequest): boolean => {
  const [, set, name = '', ifExists] = operatorPattern.exec(operator) ?? []
  const values = contextValues(request, key)
  if (name === 'Null') return (values === undefined) === (String(wanted) === 'true')
  const negated = name.includes('Not')
  const compare = comparisons[name.replace('Not', '')]
  if (!compare) throw new Error(`The local cloud does not support the IAM condition operator ${operator}`)
  // A missing key satisfies negated operators and sets of all values, as in AWS.
  if (values === undefined) return ifExists !== undefined || negated || set === 'ForAllValues'
  const alternatives = [wanted].flat().map(String)
  const satisfies = (value: string) =>
    alternatives.some(alternative => compare(alternative, value)) !== negated
  return set === 'ForAllValues' ? values.every(satisfies) : values.some(satisfies)
}

/** Values of a condition key, whose name is compared without regard to case. */
const contextValues = (request: AccessRequest, key: string): readonly string[] | undefined => {
  const context = { 'aws:SecureTransport': 'true', ...request.context }
  const found = Object.entries(context).find(([name]) => name.toLowerCase() === key.toLowerCase())
  return found && [found[1]].flat()
}

const includesService = (principal: Statement['Principal'], service: string): boolean => {
  if (principal === undefined) return false
  if (principal === '*') return true
  return [principal.Service ?? []].flat().includes(service) || [principal.AWS].flat().includes('*')
}

const statementsOf = (document: unknown): Statement[] =>
  document ? [(document as PolicyDocument).Statement].flat() : []

const statementsOfRole = (template: Template, role: Resource): Statement[] => {
  const inline = (role.properties.Policies ?? []) as { PolicyDocument: unknown }[]
  const attached = template
    .ofType('AWS::IAM::Policy', 'AWS::IAM::ManagedPolicy')
    .filter(
      ({ ref, properties }) =>
        ((properties.Roles ?? []) as string[]).includes(role.ref) ||
        ((role.properties.ManagedPolicyArns ?? []) as string[]).includes(ref),
    )
  return [
    ...inline.flatMap(({ PolicyDocument }) => statementsOf(PolicyDocument)),
    ...attached.flatMap(({ properties }) => statementsOf(properties.PolicyDocument)),
  ]
}

const queuePolicies = (template: Template): Map<string, Statement[]> => {
  const arns = new Map(template.ofType('AWS::SQS::Queue').map(({ ref, arn }) => [ref, arn]))
  const policies = new Map<string, Statement[]>()
  for (const { properties } of template.ofType('AWS::SQS::QueuePolicy')) {
    for (const url of properties.Queues as string[]) {
      const arn = arns.get(url) ?? url
      policies.set(arn, [...(policies.get(arn) ?? []), ...statementsOf(properties.PolicyDocument)])
    }
  }
  return policies
}
