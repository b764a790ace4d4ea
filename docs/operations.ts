/** Generates the reference of operations as Markdown from the OpenAPI document. */
import type { openApiDocument } from '../shared/api/index.ts'
import { notice, table } from './markdown.ts'

type Document = ReturnType<typeof openApiDocument>

interface Parameter {
  readonly $ref?: string
  readonly name: string
  readonly in: string
  readonly required: boolean
  readonly description: string
}

interface Content {
  readonly schema: { readonly $ref?: string }
  readonly example?: unknown
}

interface Response {
  readonly description?: string
  readonly content?: Readonly<Record<string, Content>>
  readonly $ref?: string
}

type Responses = Readonly<Record<string, Response>>

interface Operation {
  readonly operationId: string
  readonly summary: string
  readonly description: string
  readonly parameters: readonly Parameter[]
  readonly requestBody?: { readonly content: Readonly<Record<string, Content>> }
  readonly responses: Responses
}

const nameOf = ($ref: string): string => $ref.split('/').at(-1) ?? ''

const schemaOf = ({ schema: { $ref } }: Content): string => ($ref ? ` \`${nameOf($ref)}\`` : '')

type Parameters = Readonly<Record<string, Parameter>>

const parametersOf = ({ parameters: declared }: Operation, shared: Parameters): string => {
  const parameters = declared.map(parameter => shared[nameOf(parameter.$ref ?? '')] ?? parameter)
  return parameters.length === 0
    ? ''
    : `\n${table(
        ['Parameter', 'In', 'Required', 'Description'],
        parameters.map(({ name, in: location, required, description }) => [
          `\`${name}\``,
          location,
          required ? 'yes' : '',
          description,
        ]),
      )}\n`
}

const bodyOf = ({ requestBody }: Operation): string =>
  Object.entries(requestBody?.content ?? {})
    .map(
      ([type, content]) =>
        `\nBody:${schemaOf(content)} (\`${type}\`)\n\n\`\`\`json\n${JSON.stringify(content.example, null, 2)}\n\`\`\`\n`,
    )
    .join('')

const responseRow = ([status, { description = '', content = {} }]: [string, Response]): string[] => [
  status,
  description,
  Object.values(content)
    .map(part => schemaOf(part).trim())
    .filter(name => name !== '')
    .join(', '),
]

interface Components {
  readonly responses: Responses
  readonly parameters: Parameters
}

const section = (
  method: string,
  path: string,
  operation: Operation,
  { responses, parameters }: Components,
): string => `## ${operation.operationId}

**${operation.summary}**: \`${method.toUpperCase()} ${path}\`

${operation.description}
${parametersOf(operation, parameters)}${bodyOf(operation)}
${table(
  ['Status', 'Description', 'Body'],
  Object.entries(operation.responses).map(([status, response]) =>
    responseRow([status, response.$ref ? (responses[nameOf(response.$ref)] ?? {}) : response]),
  ),
)}
`

export const operationReference = ({ paths, components }: Document): string => {
  const shared = components as unknown as Components
  const sections = Object.entries(paths as Record<string, Record<string, Operation>>).flatMap(
    ([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => section(method, path, operation, shared)),
  )
  return `${notice}
# Operations of the HTTP API

[README.md](README.md) lists the operations by audience. [openapi.json](openapi.json) describes the fields of each body, and
contains examples of the responses.

${sections.join('\n')}`
}
