/** The least that a function on DynamoDB can be: one client and one GetItem, bundled in the same run. */
import { build } from 'esbuild'

const source = `
import { DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb'
const client = new DynamoDBClient({})
export const handler = Key => client.send(new GetItemCommand({ TableName: process.env.TABLE_NAME, Key }))
`

export interface Floor {
  readonly name: string
  /** How it is bundled. */
  readonly settings: string
  readonly file: string
}

/** What makes a bundle of ours that esbuild does not do by itself. */
const ours = { mainFields: ['module', 'main'] }

/** Writes the floors into a directory; the first is the one that budgets are measured by. */
export async function buildFloors(directory: string, externals: readonly string[]): Promise<Floor[]> {
  const variants = [
    { name: 'floor', settings: 'DynamoDB client, whole SDK', options: ours },
    { name: 'floor-main', settings: "the same, esbuild's own order of main fields", options: {} },
    {
      name: 'floor-lean',
      settings: 'the same, with our externals',
      options: { ...ours, external: [...externals] },
    },
  ]
  const floors = variants.map(({ name, settings }) => ({ name, settings, file: `${directory}/${name}.mjs` }))
  await Promise.all(
    variants.map(({ options }, index) =>
      build({
        stdin: { contents: source, resolveDir: import.meta.dirname },
        bundle: true,
        minify: true,
        platform: 'node',
        format: 'esm',
        target: 'node24',
        legalComments: 'none',
        banner: {
          js: "import{createRequire}from'node:module';const require=createRequire(import.meta.url);",
        },
        outfile: floors[index]?.file ?? '',
        logLevel: 'error',
        ...options,
      }),
    ),
  )
  return floors
}
