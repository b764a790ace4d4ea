/** Resource types that the local cloud emulates or ignores. A template with any other type does not start. */
import { StartError } from './start-error.ts'
import type { Template } from './template.ts'

/** Resource types that the local cloud emulates. */
const emulated = new Set([
  'AWS::ApiGatewayV2::Api',
  'AWS::ApiGatewayV2::Authorizer',
  'AWS::ApiGatewayV2::Integration',
  'AWS::ApiGatewayV2::Route',
  'AWS::ApiGatewayV2::Stage',
  'AWS::Cognito::UserPool',
  'AWS::Cognito::UserPoolClient',
  'AWS::DynamoDB::GlobalTable',
  'AWS::Events::EventBus',
  'AWS::Events::Rule',
  'AWS::IAM::Policy',
  'AWS::IAM::Role',
  'AWS::Lambda::EventSourceMapping',
  'AWS::Lambda::Function',
  'AWS::SES::ConfigurationSet',
  'AWS::SES::ConfigurationSetEventDestination',
  'AWS::SQS::Queue',
  'AWS::SQS::QueuePolicy',
  'AWS::Scheduler::Schedule',
  'AWS::Scheduler::ScheduleGroup',
  'AWS::SecretsManager::Secret',
])

/** Resource types that the local cloud ignores, because they do not change the behaviour of the program. */
const withoutEffect = new Set([
  'AWS::CDK::Metadata',
  'AWS::CloudWatch::Alarm',
  'AWS::Cognito::UserPoolGroup',
  'AWS::Events::Archive',
  'AWS::KMS::Alias',
  'AWS::KMS::Key',
  'AWS::Lambda::Permission',
  'AWS::Logs::LogGroup',
  'AWS::SNS::Subscription',
  'AWS::SNS::Topic',
  'AWS::SNS::TopicPolicy',
])

/** @throws StartError if the template has a resource of another type */
export const requireKnownTypes = (template: Template): void => {
  const missing = template.resources.filter(({ type }) => !emulated.has(type) && !withoutEffect.has(type))
  if (missing.length === 0) return
  const list = missing.map(({ type, logicalId }) => `  ${type} (${logicalId})`).join('\n')
  throw new StartError(`The local cloud does not support these resources of the template:\n${list}`)
}
