/**
 * The physical name, `Ref`, ARN and attributes that CloudFormation gives a resource, by type.
 */
import { createHash } from 'node:crypto'

export const account = '000000000000'

/** Values that are known when the cloud runs. */
export interface AttributeSource {
  /** For people and browsers, such as http://localhost:3000. */
  readonly publicUrl: string
  /** For AWS clients, such as http://127.0.0.1:3000. */
  readonly endpointUrl: string
  /** Issuer of the tokens, in place of the user pool. */
  readonly issuer: string
}

export interface ResourceIdentity {
  readonly name: string
  readonly region: string
  readonly source: AttributeSource
  readonly property: (name: string) => unknown
}

type Formula = (identity: ResourceIdentity) => string

/** Names and references of a resource type; AWS documents each type under "Return values". */
interface Kind {
  readonly nameProperty?: string
  /** AWS's limit on the name's length. */
  readonly maxLength?: number
  readonly arn?: Formula
  readonly ref?: Formula
  readonly attributes?: Readonly<Record<string, Formula>>
}

const arnOf =
  (service: string, resource: (name: string) => string): Formula =>
  ({ name, region }) =>
    `arn:aws:${service}:${region}:${account}:${resource(name)}`

export const nameOf: Formula = ({ name }) => name
const hash = (text: string, length: number) =>
  createHash('sha256').update(text).digest('hex').slice(0, length)

const queueUrl: Formula = ({ source, name }) => `${source.endpointUrl}/${account}/${name}`
const topicArn = arnOf('sns', name => name)
const secretArn = arnOf('secretsmanager', name => `secret:${name}-${hash(name, 6)}`)
const userPoolId: Formula = ({ name, region }) => `${region}_${hash(name, 9)}`
const clientId: Formula = ({ name }) => hash(name, 26)
const apiId: Formula = ({ name }) => hash(name, 10)
const tableKind: Kind = {
  nameProperty: 'TableName',
  maxLength: 255,
  arn: arnOf('dynamodb', name => `table/${name}`),
  attributes: {
    StreamArn: arnOf('dynamodb', name => `table/${name}/stream/1970-01-01T00:00:00.000`),
    TableId: ({ name }) => hash(name, 32),
  },
}
const logGroup = (name: string) => `log-group:${name}`

export const kinds: Record<string, Kind> = {
  'AWS::ApiGatewayV2::Api': {
    ref: apiId,
    arn: identity => `arn:aws:apigateway:${identity.region}::/apis/${apiId(identity)}`,
    attributes: { ApiEndpoint: ({ source }) => source.publicUrl, ApiId: apiId },
  },
  'AWS::CloudWatch::Alarm': {
    nameProperty: 'AlarmName',
    maxLength: 255,
    arn: arnOf('cloudwatch', name => `alarm:${name}`),
  },
  'AWS::Cognito::UserPool': {
    ref: userPoolId,
    arn: identity => arnOf('cognito-idp', () => `userpool/${userPoolId(identity)}`)(identity),
    attributes: {
      ProviderURL: ({ source }) => source.issuer,
      ProviderName: identity => `cognito-idp.${identity.region}.amazonaws.com/${userPoolId(identity)}`,
      UserPoolId: userPoolId,
    },
  },
  'AWS::Cognito::UserPoolClient': { ref: clientId, attributes: { ClientId: clientId } },
  'AWS::Cognito::UserPoolGroup': { nameProperty: 'GroupName', maxLength: 128 },
  'AWS::DynamoDB::GlobalTable': tableKind,
  'AWS::DynamoDB::Table': tableKind,
  'AWS::Events::Archive': {
    nameProperty: 'ArchiveName',
    maxLength: 48,
    arn: arnOf('events', name => `archive/${name}`),
  },
  'AWS::Events::EventBus': {
    nameProperty: 'Name',
    maxLength: 256,
    arn: arnOf('events', name => `event-bus/${name}`),
    attributes: { Name: nameOf },
  },
  'AWS::Events::Rule': {
    nameProperty: 'Name',
    maxLength: 64,
    arn: ({ name, region, property }) => {
      const bus = String(property('EventBusName') ?? 'default').replace(/^arn:.*event-bus\//, '')
      return `arn:aws:events:${region}:${account}:rule/${bus === 'default' ? '' : `${bus}/`}${name}`
    },
  },
  'AWS::IAM::ManagedPolicy': {
    nameProperty: 'ManagedPolicyName',
    maxLength: 128,
    ref: ({ name }) => `arn:aws:iam::${account}:policy/${name}`,
  },
  'AWS::IAM::Policy': { nameProperty: 'PolicyName', maxLength: 128 },
  'AWS::IAM::Role': {
    nameProperty: 'RoleName',
    maxLength: 64,
    arn: ({ name }) => `arn:aws:iam::${account}:role/${name}`,
    attributes: { RoleId: ({ name }) => `AROA${hash(name, 17).toUpperCase()}` },
  },
  'AWS::KMS::Key': {
    ref: ({ name }) => hash(name, 32),
    arn: arnOf('kms', name => `key/${hash(name, 32)}`),
    attributes: { KeyId: ({ name }) => hash(name, 32) },
  },
  'AWS::Lambda::Function': {
    nameProperty: 'FunctionName',
    maxLength: 64,
    arn: arnOf('lambda', name => `function:${name}`),
  },
  'AWS::Logs::LogGroup': {
    nameProperty: 'LogGroupName',
    maxLength: 512,
    arn: arnOf('logs', logGroup),
    attributes: { Arn: arnOf('logs', name => `${logGroup(name)}:*`) },
  },
  'AWS::SES::ConfigurationSet': {
    nameProperty: 'Name',
    maxLength: 64,
    arn: arnOf('ses', name => `configuration-set/${name}`),
  },
  'AWS::SES::ConfigurationSetEventDestination': { attributes: { Id: nameOf } },
  'AWS::SNS::Topic': {
    nameProperty: 'TopicName',
    maxLength: 256,
    arn: topicArn,
    ref: topicArn,
    attributes: { TopicArn: topicArn, TopicName: nameOf },
  },
  'AWS::SQS::Queue': {
    nameProperty: 'QueueName',
    maxLength: 80,
    arn: arnOf('sqs', name => name),
    ref: queueUrl,
    attributes: { QueueName: nameOf, QueueUrl: queueUrl },
  },
  'AWS::Scheduler::Schedule': {
    nameProperty: 'Name',
    maxLength: 64,
    arn: ({ name, region, property }) =>
      `arn:aws:scheduler:${region}:${account}:schedule/${property('GroupName') ?? 'default'}/${name}`,
  },
  'AWS::Scheduler::ScheduleGroup': {
    nameProperty: 'Name',
    maxLength: 64,
    arn: arnOf('scheduler', name => `schedule-group/${name}`),
  },
  'AWS::SecretsManager::Secret': {
    nameProperty: 'Name',
    maxLength: 512,
    arn: secretArn,
    ref: secretArn,
    attributes: { Id: secretArn },
  },
}
