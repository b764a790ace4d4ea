import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'esbuild'
import { beforeAll, expect, test } from 'vitest'
import { synthesize } from './synthesis.ts'

const root = join(import.meta.dirname, '../..')
const names = readdirSync(join(root, 'functions'))
  .filter(name => name.endsWith('.ts'))
  .map(name => name.replace(/\.ts$/, ''))

/** The files of this repository that end up in a function's bundle, once what is unused has been dropped. */
const bundledFiles = async (name: string): Promise<string[]> => {
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: [join('functions', `${name}.ts`)],
    bundle: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
    minify: true,
    write: false,
    metafile: true,
  })
  return Object.values(metafile.outputs).flatMap(({ inputs }) =>
    Object.entries(inputs).flatMap(([path, { bytesInOutput }]) => (bytesInOutput > 0 ? [path] : [])),
  )
}

let bundles: ReadonlyMap<string, readonly string[]>
beforeAll(async () => {
  bundles = new Map(
    await Promise.all(names.map(async name => [name, await bundledFiles(name)] as [string, string[]])),
  )
}, 60_000)

/** Functions with the memory that a region of the directory needs. */
const searching = synthesize()
  .ofType('AWS::Lambda::Function')
  .filter(({ properties }) => properties.MemorySize > 512)
  .map(({ properties }) => properties.Environment.Variables.POWERTOOLS_SERVICE_NAME as string)

test.each(names)('%s holds the search engine only if it has the memory for a region', name => {
  const holdsEngine = bundles.get(name)?.includes('shared/search/partner-index.ts')
  expect(holdsEngine).toBe(searching.includes(name))
})

test.each(names)('%s holds no sample data and nothing else of tests, benches or the local cloud', name => {
  const folders = new Set(bundles.get(name)?.map(path => path.split('/')[0]))
  expect([...folders].toSorted()).toEqual(['functions', 'shared'])
})
