/** Small templates for the tests of the local cloud's services. */
import type { Resource, Template } from '../../../local/runtime/template.ts'

export const resource = (
  type: string,
  ref: string,
  arn: string,
  properties: Record<string, unknown> = {},
): Resource => ({ stack: 'Test', logicalId: ref, type, properties, metadata: {}, ref, arn })

export const templateOf = (resources: Resource[]): Template => ({
  account: '000000000000',
  region: 'us-east-1',
  directory: '',
  resources,
  outputs: {},
  ofType: (...types) => resources.filter(({ type }) => types.includes(type)),
})
