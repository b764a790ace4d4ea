/** The smallest function on DynamoDB: one client and one GetItem, bundled in the same run. */
import { join } from 'node:path'
import { type BuildOptions, build } from 'esbuild'

const source = `
import { DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb'
const client = new DynamoDBClient({})
export const handler = Key => client.send(new GetItemCommand({ TableName: process.env.TABLE_NAME, Key }))
`

export interface Floor {
  readonly name: string
  /** Description of the options of esbuild. */
  readonly settings: string
  readonly file: string
}

/** Options of the function bundles. */
const settingsOf = (format: 'esm' | 'cjs'): BuildOptions => ({
  format,
  mainFields: ['module', 'main'],
  target: 'node24',
  legalComments: 'none',
  ...(format === 'esm' && {
    banner: { js: "import{createRequire}from'node:module';const require=createRequire(import.meta.url);" },
  }),
})

/** Builds the floors into a directory. Budgets refer to the first one. */
export const buildFloors = async (
  directory: string,
  format: 'esm' | 'cjs',
  externals: readonly string[],
): Promise<Floor[]> => {
  const ours = settingsOf(format)
  const variants: (Floor & { options: BuildOptions })[] = [
    {
      name: 'floor',
      settings: 'DynamoDB client with the whole SDK, settings of the functions',
      file: join(directory, format === 'esm' ? 'floor.mjs' : 'floor.cjs'),
      options: ours,
    },
    {
      name: 'floor-plain',
      settings: 'the same, default settings of esbuild',
      file: join(directory, 'floor-plain.cjs'),
      options: {},
    },
    {
      name: 'floor-lean',
      settings: 'the same, settings and externals of the functions',
      file: join(directory, format === 'esm' ? 'floor-lean.mjs' : 'floor-lean.cjs'),
      options: { ...ours, external: [...externals] },
    },
  ]
  for (const { file, options } of variants) await build({ ...commonOptions, ...options, outfile: file })
  return variants.map(({ name, settings, file }) => ({ name, settings, file }))
}

const commonOptions: BuildOptions = {
  stdin: { contents: source, resolveDir: import.meta.dirname },
  bundle: true,
  minify: true,
  platform: 'node',
  logLevel: 'error',
}
