/**
 * Reads a cloud assembly (cdk.out) as CloudFormation would deploy it: every intrinsic function resolved,
 * every resource with its physical name, Ref and ARN. An expression that cannot be resolved is an error.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type AttributeSource, account, kinds, nameOf, type ResourceIdentity } from './resource-kinds.ts'

export interface Resource {
  readonly stack: string
  readonly logicalId: string
  readonly type: string
  readonly properties: Readonly<Record<string, unknown>>
  readonly metadata: Readonly<Record<string, unknown>>
  /** Value of `Ref`: a name, a URL or an ARN, by type as in AWS. */
  readonly ref: string
  readonly arn: string
}

export interface Template {
  readonly account: string
  readonly region: string
  /** Base of the relative paths of assets. */
  readonly directory: string
  readonly resources: readonly Resource[]
  readonly outputs: Readonly<Record<string, string>>
  ofType(...types: readonly string[]): Resource[]
}

interface StackTemplate {
  readonly Parameters?: Readonly<Record<string, { readonly Default?: unknown }>>
  readonly Mappings?: Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, unknown>>>>>>
  readonly Conditions?: Readonly<Record<string, unknown>>
  readonly Resources?: Readonly<Record<string, Declaration>>
  readonly Outputs?: Readonly<
    Record<string, { readonly Value: unknown; readonly Export?: { readonly Name: unknown } }>
  >
}

interface Declaration {
  readonly Type: string
  readonly Condition?: string
  readonly Properties?: Readonly<Record<string, unknown>>
  readonly Metadata?: Readonly<Record<string, unknown>>
}

interface Stack {
  readonly name: string
  readonly region: string
  readonly template: StackTemplate
}

/** Reads the assembly in `directory`. Throws when an expression cannot be resolved. */
export const loadTemplate = (directory: string, source: AttributeSource): Template => {
  const stacks = readStacks(directory)
  const resolver = new Resolver(stacks, source)
  const resources = stacks.flatMap(stack => resolver.resources(stack))
  return {
    account,
    region: stacks[0]?.region ?? defaultRegion,
    directory,
    resources,
    outputs: Object.assign({}, ...stacks.map(stack => resolver.outputs(stack))),
    ofType: (...types) => resources.filter(({ type }) => types.includes(type)),
  }
}

const defaultRegion = 'us-east-1'

interface Manifest {
  readonly artifacts?: Readonly<
    Record<
      string,
      {
        readonly type: string
        readonly environment?: string
        readonly properties?: { readonly templateFile?: string; readonly stackName?: string }
      }
    >
  >
}

const readStacks = (directory: string): Stack[] => {
  const manifest = readJson<Manifest>(join(directory, 'manifest.json'))
  return Object.entries(manifest.artifacts ?? {}).flatMap(([id, artifact]) => {
    if (artifact.type !== 'aws:cloudformation:stack') return []
    const file = artifact.properties?.templateFile ?? `${id}.template.json`
    const region = artifact.environment?.split('/').at(-1) ?? defaultRegion
    return [
      {
        name: artifact.properties?.stackName ?? id,
        region: region === 'unknown-region' ? defaultRegion : region,
        template: readJson<StackTemplate>(join(directory, file)),
      },
    ]
  })
}

const readJson = <T>(file: string): T => JSON.parse(readFileSync(file, 'utf8')) as T

const noValue = Symbol('AWS::NoValue')

class Resolver {
  readonly #stacks: readonly Stack[]
  readonly #source: AttributeSource

  constructor(stacks: readonly Stack[], source: AttributeSource) {
    this.#stacks = stacks
    this.#source = source
  }

  resources(stack: Stack): Resource[] {
    return Object.entries(stack.template.Resources ?? {})
      .filter(([, declaration]) => this.#holds(stack, declaration.Condition))
      .map(([logicalId, declaration]) => {
        const identity = this.#identity(stack, logicalId, declaration)
        const kind = kinds[declaration.Type] ?? {}
        return {
          stack: stack.name,
          logicalId,
          type: declaration.Type,
          properties: this.#resolve(stack, declaration.Properties ?? {}) as Record<string, unknown>,
          metadata: declaration.Metadata ?? {},
          ref: (kind.ref ?? nameOf)(identity),
          arn: (kind.arn ?? nameOf)(identity),
        }
      })
  }

  outputs(stack: Stack): Record<string, string> {
    const outputs = Object.entries(stack.template.Outputs ?? {})
    return Object.fromEntries(outputs.map(([name, { Value }]) => [name, String(this.#resolve(stack, Value))]))
  }

  #resolve(stack: Stack, value: unknown): unknown {
    if (Array.isArray(value)) {
      return value.map(item => this.#resolve(stack, item)).filter(item => item !== noValue)
    }
    if (typeof value !== 'object' || value === null) return value
    const [first, ...more] = Object.entries(value)
    if (first && more.length === 0 && (first[0] === 'Ref' || first[0].startsWith('Fn::'))) {
      return this.#intrinsic(stack, first[0], first[1])
    }
    const resolved = Object.entries(value).map(([key, item]) => [key, this.#resolve(stack, item)] as const)
    return Object.fromEntries(resolved.filter(([, item]) => item !== noValue))
  }

  #intrinsic(stack: Stack, name: string, argument: unknown): unknown {
    const evaluate = this.#intrinsics[name]
    if (!evaluate) throw new Error(`${stack.name} uses ${name}, which the local cloud does not support`)
    return evaluate(stack, argument)
  }

  readonly #intrinsics: Record<string, (stack: Stack, argument: unknown) => unknown> = {
    Ref: (stack, id) => this.#ref(stack, String(id)),
    'Fn::GetAtt': (stack, path) => {
      const [id = '', ...attribute] = Array.isArray(path) ? path.map(String) : String(path).split('.')
      return this.#attribute(stack, id, attribute.join('.'))
    },
    'Fn::Join': (stack, argument) => {
      const [separator, list] = this.#list(stack, argument) as [string, unknown[]]
      return list.map(String).join(separator)
    },
    'Fn::Split': (stack, argument) => {
      const [separator, text] = this.#list(stack, argument)
      return String(text).split(String(separator))
    },
    'Fn::Select': (stack, argument) => {
      const [index, list] = this.#list(stack, argument) as [unknown, unknown[]]
      return list[Number(index)]
    },
    'Fn::Sub': (stack, argument) => {
      const [text, values] = Array.isArray(argument) ? argument : [argument, {}]
      return this.#substitute(stack, String(text), values as Record<string, unknown>)
    },
    'Fn::FindInMap': (stack, argument) => {
      const [map, first, second] = this.#list(stack, argument).map(String) as [string, string, string]
      return stack.template.Mappings?.[map]?.[first]?.[second]
    },
    'Fn::Base64': (stack, text) => Buffer.from(String(this.#resolve(stack, text))).toString('base64'),
    'Fn::ImportValue': (stack, name) => this.#imported(String(this.#resolve(stack, name))),
    'Fn::If': (stack, argument) => {
      const [condition, whenTrue, whenFalse] = argument as [string, unknown, unknown]
      return this.#resolve(stack, this.#holds(stack, condition) ? whenTrue : whenFalse)
    },
    'Fn::Equals': (stack, argument) => {
      const [left, right] = this.#list(stack, argument)
      return String(left) === String(right)
    },
    'Fn::Not': (stack, argument) => !this.#conditions(stack, argument)[0],
    'Fn::And': (stack, argument) => this.#conditions(stack, argument).every(Boolean),
    'Fn::Or': (stack, argument) => this.#conditions(stack, argument).some(Boolean),
  }

  #list(stack: Stack, argument: unknown): unknown[] {
    return this.#resolve(stack, argument) as unknown[]
  }

  #conditions(stack: Stack, argument: unknown): boolean[] {
    return (argument as unknown[]).map(item => {
      const named = (item as { Condition?: string }).Condition
      return named === undefined ? Boolean(this.#resolve(stack, item)) : this.#holds(stack, named)
    })
  }

  #holds(stack: Stack, condition: string | undefined): boolean {
    if (condition === undefined) return true
    return Boolean(this.#resolve(stack, stack.template.Conditions?.[condition]))
  }

  #substitute(stack: Stack, text: string, values: Readonly<Record<string, unknown>>): string {
    return text.replace(/\$\{(!?)([^}]+)\}/g, (_, literal: string, name: string) => {
      if (literal) return `\${${name}}`
      if (name in values) return String(this.#resolve(stack, values[name]))
      return String(name.includes('.') ? this.#intrinsic(stack, 'Fn::GetAtt', name) : this.#ref(stack, name))
    })
  }

  #ref(stack: Stack, id: string): unknown {
    const pseudo: Record<string, unknown> = {
      'AWS::AccountId': account,
      'AWS::NoValue': noValue,
      'AWS::Partition': 'aws',
      'AWS::Region': stack.region,
      'AWS::StackId': `arn:aws:cloudformation:${stack.region}:${account}:stack/${stack.name}/local`,
      'AWS::StackName': stack.name,
      'AWS::URLSuffix': 'amazonaws.com',
    }
    if (id in pseudo) return pseudo[id]
    const parameter = stack.template.Parameters?.[id]
    if (parameter) return parameter.Default ?? ''
    const declaration = this.#declaration(stack, id)
    return (kinds[declaration.Type]?.ref ?? nameOf)(this.#identity(stack, id, declaration))
  }

  #attribute(stack: Stack, id: string, attribute: string): string {
    const declaration = this.#declaration(stack, id)
    const kind = kinds[declaration.Type] ?? {}
    const formula = kind.attributes?.[attribute] ?? (attribute === 'Arn' ? kind.arn : undefined)
    if (!formula)
      throw new Error(`The local cloud does not support ${attribute} of ${declaration.Type} (${id})`)
    return formula(this.#identity(stack, id, declaration))
  }

  #imported(exportName: string): unknown {
    for (const stack of this.#stacks) {
      for (const output of Object.values(stack.template.Outputs ?? {})) {
        if (!output.Export || this.#resolve(stack, output.Export.Name) !== exportName) continue
        return this.#resolve(stack, output.Value)
      }
    }
    throw new Error(`No stack exports ${exportName}`)
  }

  #declaration(stack: Stack, id: string): Declaration {
    const declaration = stack.template.Resources?.[id]
    if (!declaration) throw new Error(`${stack.name} refers to ${id}, which the template does not declare`)
    return declaration
  }

  #identity(stack: Stack, logicalId: string, declaration: Declaration): ResourceIdentity {
    const { nameProperty, maxLength = 255 } = kinds[declaration.Type] ?? {}
    const property = (name: string) => this.#resolve(stack, declaration.Properties?.[name])
    const given = nameProperty === undefined ? undefined : property(nameProperty)
    const name =
      typeof given === 'string' ? given : generatedName(stack.name, logicalId, declaration, maxLength)
    return { name, region: stack.region, source: this.#source, property }
  }
}

const generatedName = (
  stack: string,
  logicalId: string,
  declaration: Declaration,
  maxLength: number,
): string => {
  const suffix = declaration.Properties?.FifoQueue === true ? '.fifo' : ''
  const name = `${stack}-${logicalId}`
  const room = maxLength - suffix.length
  // A logical id ends with a hash: names stay unique when the middle is cut.
  if (name.length <= room) return name + suffix
  return name.slice(0, room - 9) + name.slice(-9) + suffix
}
