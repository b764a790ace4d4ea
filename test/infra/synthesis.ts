/** Synthesizes both stacks and returns their resources in a readable form for assertions. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { App } from 'aws-cdk-lib'
import { AppStack } from '../../infra/app-stack.ts'
import { DataStack } from '../../infra/data-stack.ts'
import { readSettings } from '../../infra/settings.ts'
import { allOperations } from '../../shared/api/contract.ts'
import type { Operation } from '../../shared/kernel/operation.ts'

type Json = Record<string, unknown>

export interface Resource {
  /** Path of the construct within its stack, such as `Timers/OnTimer/Work/Queue`. */
  readonly path: string
  readonly type: string
  // biome-ignore lint/suspicious/noExplicitAny: CloudFormation's properties have no types here
  readonly properties: any
  readonly deletionPolicy: string | undefined
}

interface Template {
  Resources: Record<string, { Type: string; Properties?: Json; DeletionPolicy?: string; Metadata: Json }>
  Outputs?: Record<string, { Value: unknown; Export?: { Name: string } }>
}

const cdkJson = JSON.parse(readFileSync(join(import.meta.dirname, '../../cdk.json'), 'utf8')) as {
  context: Json
}

// The rules of CDK take two seconds to load; nag.test.ts applies them.
process.env.CDK_VALIDATION = 'false'

/** Builds the app as `infra/app.ts` does, without bundles and checks of the templates. */
export const synthesize = (context: Json = {}, operations: readonly Operation[] = allOperations) => {
  const app = new App({
    context: {
      ...cdkJson.context,
      ...context,
      'aws:cdk:bundling-stacks': [],
      'aws:cdk:enable-path-metadata': true,
    },
  })
  const settings = readSettings(app.node)
  const data = new DataStack(app, 'ReferralCenterData', settings)
  new AppStack(app, 'ReferralCenter', { data, settings, operations })
  const assembly = app.synth()
  const stacks = assembly.stacks.map(stack => stack.template as Template)
  const read = reader(stacks)
  const resources = stacks.flatMap(({ Resources }) =>
    Object.values(Resources).map(
      (resource): Resource => ({
        path: pathOf(resource),
        type: resource.Type,
        properties: read(resource.Properties ?? {}),
        deletionPolicy: resource.DeletionPolicy,
      }),
    ),
  )
  return {
    app,
    resources,
    outputs: stacks.flatMap(({ Outputs = {} }) =>
      Object.entries(Outputs).flatMap(([name, { Export }]) => (Export ? [] : [name])),
    ),
    ofType: (type: string) => resources.filter(resource => resource.type === type),
    at: (path: string) => {
      const found = resources.find(resource => resource.path === path)
      if (!found) throw new Error(`no resource at ${path}`)
      return found
    },
  }
}

const pathOf = ({ Metadata }: { Metadata: Json }) =>
  String(Metadata['aws:cdk:path'])
    .replace(/^[^/]+\//, '')
    .replace(/\/Resource$/, '')

/**
 * Returns a function that replaces references, also across stacks, by the path of the resource and the attribute, such
 * as `{Mail/SendMail/Work/Queue.Arn}`, and evaluates joins.
 */
const reader = (stacks: Template[]) => {
  const paths = new Map(
    stacks
      .flatMap(({ Resources }) => Object.entries(Resources))
      .map(([id, resource]) => [id, pathOf(resource)]),
  )
  const exports = new Map(
    stacks
      .flatMap(({ Outputs = {} }) => Object.values(Outputs))
      .map(({ Value, Export }) => [Export?.Name, Value]),
  )
  const read = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(read)
    if (typeof value !== 'object' || value === null) return value
    const [[intrinsic, argument] = [], ...others] = Object.entries(value)
    if (others.length === 0) {
      if (intrinsic === 'Ref') return `{${paths.get(argument) ?? argument}}`
      if (intrinsic === 'Fn::GetAtt') return `{${paths.get(argument[0])}.${argument[1]}}`
      if (intrinsic === 'Fn::ImportValue') return read(exports.get(argument))
      if (intrinsic === 'Fn::Join') return argument[1].map(read).join(argument[0])
    }
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, read(inner)]))
  }
  return read
}
