import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build } from 'esbuild'
import { beforeAll, expect, onTestFinished, test } from 'vitest'
import { textSetsOf } from '../../infra/languages.ts'
import { synthesize as synthesizeLocally } from '../../local/runtime/synthesize.ts'
import { allOperations } from '../../shared/api/contract.ts'
import { describedOperations, describedSchemas } from '../../shared/kernel/documentation.ts'
import { textSets } from '../../shared/messaging/language/contract.ts'
import { synthesize } from './synthesis.ts'

const root = join(import.meta.dirname, '../..')
const names = readdirSync(join(root, 'functions'))
  .filter(name => name.endsWith('.ts'))
  .map(name => name.replace(/\.ts$/, ''))

interface Bundle {
  /** Paths of the files of this repository in the bundle, without unused code. */
  readonly files: readonly string[]
  readonly text: string
}

const bundle = async (name: string): Promise<Bundle> => {
  const { metafile, outputFiles } = await build({
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
  const files = Object.values(metafile.outputs).flatMap(({ inputs }) =>
    Object.entries(inputs).flatMap(([path, { bytesInOutput }]) => (bytesInOutput > 0 ? [path] : [])),
  )
  return { files, text: outputFiles.map(({ text }) => text).join() }
}

let bundles: ReadonlyMap<string, Bundle>
beforeAll(async () => {
  bundles = new Map(await Promise.all(names.map(async name => [name, await bundle(name)] as const)))
}, 60_000)

/** Functions with enough memory for a region of the directory. */
const searching = synthesize()
  .ofType('AWS::Lambda::Function')
  .filter(({ properties }) => properties.MemorySize > 512)
  .map(({ properties }) => properties.Environment.Variables.POWERTOOLS_SERVICE_NAME as string)

test.each(names)('%s contains the search engine only if it has enough memory for a region', name => {
  const holdsEngine = bundles.get(name)?.files.includes('shared/search/partner-index.ts')
  expect(holdsEngine).toBe(searching.includes(name))
})

test.each(names)(
  '%s has the texts of all languages beside it if it writes to people, and English in it',
  name => {
    const { files = [] } = bundles.get(name) ?? {}
    const sets: readonly string[] = textSets.filter(set =>
      files.includes(`shared/messaging/language/${set}.ts`),
    )
    expect(sets).toEqual(name in textSetsOf ? textSetsOf[name as keyof typeof textSetsOf] : [])
    const texts = files.filter(path => /language\/(pages|mails)\//.test(path))
    expect(texts.toSorted()).toEqual(sets.map(set => `shared/messaging/language/${set}/en.json`).toSorted())
  },
)

test.each(names)('%s contains no files of tests, benchmarks or the local cloud', name => {
  const served = name === 'open-api' ? ['docs/api/openapi.json'] : []
  const others = bundles.get(name)?.files.filter(path => !/^(functions|shared)\//.test(path))
  expect(others).toEqual(served)
})

/** Descriptions that are long enough to be found by chance nowhere else. */
const descriptions = [
  ...[...describedSchemas.values()].flatMap(({ description, properties = {} }) => [
    description,
    ...Object.values(properties),
  ]),
  ...[...describedOperations.values()].map(({ description }) => description),
].filter(text => text !== undefined && text.length > 30) as string[]

test('a faulty file of a language ends the synthesis, which reports the fault', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'languages-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  for (const set of textSets) mkdirSync(join(folder, set))
  writeFileSync(join(folder, 'pages/es.json'), '{')
  const synthesis = synthesizeLocally(join(folder, 'cdk.out'), undefined, { languagesFolder: folder })
  await expect(synthesis).rejects.toThrow(/pages\/es\.json: .+ Expected JSON in UTF-8\./)
}, 60_000)

test('the contracts have descriptions', () => {
  expect(describedOperations.size).toBe(allOperations.length)
})

test.each(names)('%s holds the descriptions of the contracts only if it serves them', name => {
  const text = bundles.get(name)?.text ?? ''
  const held = descriptions.filter(description => text.includes(description))
  if (name === 'open-api') expect(held.length).toBeGreaterThan(100)
  else expect(held).toEqual([])
})
