import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { loadTemplate } from '../../../local/runtime/template.ts'

const source = {
  publicUrl: 'http://localhost:3000',
  endpointUrl: 'http://127.0.0.1:3000',
  issuer: 'http://localhost:3000/_local/identity',
}

let directory = ''
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'assembly-'))
})
afterEach(() => {
  rmSync(directory, { recursive: true })
})

const load = (stacks: Record<string, object>) => {
  const artifacts = Object.keys(stacks).map(name => [
    name,
    {
      type: 'aws:cloudformation:stack',
      environment: 'aws://unknown-account/unknown-region',
      properties: { templateFile: `${name}.json` },
    },
  ])
  const manifest = { artifacts: Object.fromEntries(artifacts) }
  writeFileSync(join(directory, 'manifest.json'), JSON.stringify(manifest))
  for (const [name, template] of Object.entries(stacks)) {
    writeFileSync(join(directory, `${name}.json`), JSON.stringify(template))
  }
  return loadTemplate(directory, source)
}

/** Resolves one value in a stack with a queue, a topic, a mapping, a parameter and two conditions. */
const resolve = (value: unknown): unknown => {
  const template = load({
    Other: { Outputs: { Name: { Value: 'shared', Export: { Name: 'Other:Name' } } } },
    App: {
      Parameters: { Stage: { Type: 'String', Default: 'dev' } },
      Mappings: { Sizes: { dev: { memory: 256 } } },
      Conditions: {
        IsDev: { 'Fn::Equals': [{ Ref: 'Stage' }, 'dev'] },
        IsProd: { 'Fn::Not': [{ Condition: 'IsDev' }] },
      },
      Resources: {
        Queue: { Type: 'AWS::SQS::Queue' },
        Topic: { Type: 'AWS::SNS::Topic' },
        Mail: { Type: 'AWS::SES::ConfigurationSet' },
        Probe: { Type: 'AWS::Lambda::Function', Properties: { Value: value } },
      },
    },
  })
  return template.ofType('AWS::Lambda::Function')[0]?.properties.Value
}

/** Returns a CloudFormation variable such as `${Name}`. Written as a plain string, the linter would report it. */
const variable = (name: string) => `\${${name}}`

describe('intrinsic functions', () => {
  it.each<[string, unknown, unknown]>([
    ['Ref of a queue', { Ref: 'Queue' }, 'http://127.0.0.1:3000/000000000000/App-Queue'],
    ['Ref of a topic', { Ref: 'Topic' }, 'arn:aws:sns:us-east-1:000000000000:App-Topic'],
    ['Ref of a configuration set', { Ref: 'Mail' }, 'App-Mail'],
    [
      'GetAtt of a configuration set',
      { 'Fn::GetAtt': ['Mail', 'Arn'] },
      'arn:aws:ses:us-east-1:000000000000:configuration-set/App-Mail',
    ],
    ['Ref of a parameter', { Ref: 'Stage' }, 'dev'],
    ['Ref of a pseudo parameter', { Ref: 'AWS::Region' }, 'us-east-1'],
    ['GetAtt', { 'Fn::GetAtt': ['Queue', 'Arn'] }, 'arn:aws:sqs:us-east-1:000000000000:App-Queue'],
    ['GetAtt of another attribute', { 'Fn::GetAtt': 'Queue.QueueName' }, 'App-Queue'],
    ['Join', { 'Fn::Join': ['/', ['a', { Ref: 'Stage' }]] }, 'a/dev'],
    ['Split and Select', { 'Fn::Select': [1, { 'Fn::Split': [':', 'a:b:c'] }] }, 'b'],
    [
      'Sub',
      { 'Fn::Sub': [[variable('Queue.QueueName'), variable('!Kept'), variable('x')].join(' '), { x: 'y' }] },
      `App-Queue ${variable('Kept')} y`,
    ],
    ['FindInMap', { 'Fn::FindInMap': ['Sizes', { Ref: 'Stage' }, 'memory'] }, 256],
    ['If', { 'Fn::If': ['IsProd', 'big', 'small'] }, 'small'],
    ['If without a value', { a: 1, b: { 'Fn::If': ['IsProd', 'big', { Ref: 'AWS::NoValue' }] } }, { a: 1 }],
    ['ImportValue', { 'Fn::ImportValue': 'Other:Name' }, 'shared'],
    ['Base64', { 'Fn::Base64': 'hi' }, 'aGk='],
    ['a plain value', { list: [1, true, null] }, { list: [1, true, null] }],
  ])('%s', (_, value, expected) => {
    expect(resolve(value)).toEqual(expected)
  })

  it.each<[string, unknown, RegExp]>([
    ['an unknown function', { 'Fn::Magic': 1 }, /uses Fn::Magic/],
    ['a resource that is not there', { Ref: 'Nowhere' }, /Nowhere, which the template does not declare/],
    ['an attribute nobody knows', { 'Fn::GetAtt': ['Queue', 'Colour'] }, /Colour of AWS::SQS::Queue/],
    ['an export that nobody makes', { 'Fn::ImportValue': 'Nothing' }, /No stack exports Nothing/],
  ])('reject %s', (_, value, message) => {
    expect(() => resolve(value)).toThrow(message)
  })
})

it('loadTemplate leaves out resources whose condition is false', () => {
  const template = load({
    App: {
      Conditions: { Never: { 'Fn::Equals': ['a', 'b'] } },
      Resources: { Queue: { Type: 'AWS::SQS::Queue', Condition: 'Never' } },
    },
  })
  expect(template.resources).toEqual([])
})

it('loadTemplate keeps given names, generates the others and shortens them to the AWS limits without duplicates', () => {
  const long = 'A'.repeat(100)
  const template = load({
    App: {
      Resources: {
        Named: { Type: 'AWS::SQS::Queue', Properties: { QueueName: { 'Fn::Join': ['-', ['my', 'jobs']] } } },
        [`${long}11111111`]: { Type: 'AWS::SQS::Queue' },
        [`${long}22222222`]: { Type: 'AWS::SQS::Queue' },
      },
    },
  })
  const queues = template.ofType('AWS::SQS::Queue')
  const names = queues.map(({ arn }) => arn.split(':').at(-1) ?? '')
  expect(names[0]).toBe('my-jobs')
  expect(names.slice(1).map(name => name.length)).toEqual([80, 80])
  expect(new Set(names).size).toBe(3)
  expect(queues[1]?.arn).toBe(`arn:aws:sqs:us-east-1:000000000000:${names[1]}`)
})

it('loadTemplate replaces AWS endpoints by local URLs', () => {
  const template = load({
    App: {
      Resources: { Api: { Type: 'AWS::ApiGatewayV2::Api' }, Pool: { Type: 'AWS::Cognito::UserPool' } },
      Outputs: {
        ApiUrl: { Value: { 'Fn::GetAtt': ['Api', 'ApiEndpoint'] } },
        Issuer: { Value: { 'Fn::GetAtt': ['Pool', 'ProviderURL'] } },
      },
    },
  })
  expect(template.outputs).toEqual({ ApiUrl: source.publicUrl, Issuer: source.issuer })
})
