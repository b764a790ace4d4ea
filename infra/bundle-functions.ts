/** Worker thread of bundles.ts: bundles all functions into the directory of the job. */
import { execFile } from 'node:child_process'
import { mkdirSync, readdirSync, writeSync } from 'node:fs'
import { basename, join } from 'node:path'
import { promisify } from 'node:util'
import { workerData } from 'node:worker_threads'
import { build } from 'esbuild'
import { type BundlingJob, bundling } from './bundles.ts'
import { languagesFolder, textSetsOf } from './languages.ts'

const root = join(import.meta.dirname, '..')

/** Functions that look up cities. Their bundles have the gazetteer beside them, 3.7 MB. */
const locating = ['customer-api', 'partner-api', 'operator-api']
const compileGazetteer = join(root, 'shared/discovery/gazetteer/compile.ts')
const compileLanguages = join(root, 'shared/messaging/language/compile.ts')

const { directory, state } = workerData as BundlingJob
const names = readdirSync(join(root, 'functions'))
  .filter(file => file.endsWith('.ts'))
  .map(file => basename(file, '.ts'))

const bundle = () =>
  build({
    absWorkingDir: root,
    entryPoints: names.map(name => ({ in: `functions/${name}.ts`, out: `${name}/index` })),
    outdir: directory,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node24',
    mainFields: ['module', 'main'],
    minify: true,
    logLevel: 'silent',
    legalComments: 'none',
    // In UTF-8, texts in other scripts take half the space of escapes.
    charset: 'utf8',
    // Lambda provides credentials in environment variables, so the SDK does not need its other credential providers. Leaving
    // them out saves a quarter of a bundle. The rest of the SDK is bundled.
    external: [
      ...['http', 'ini', 'process', 'sso', 'web-identity'].map(
        source => `@aws-sdk/credential-provider-${source}`,
      ),
      '@smithy/credential-provider-imds',
    ],
    // CommonJS packages in the bundle call `require`, which ES modules do not have.
    banner: {
      js: "import{createRequire}from'node:module';const require=createRequire(import.meta.url);",
    },
  })
const addGazetteer = () => {
  const directories = locating.map(name => join(directory, name))
  for (const made of directories) mkdirSync(made, { recursive: true })
  return promisify(execFile)(process.execPath, [compileGazetteer, ...directories])
}

/** Checks the operator's languages, and copies the texts of all languages beside the bundles. */
const addLanguages = () => {
  const { languagesFolder: setting } = JSON.parse(process.env.CDK_CONTEXT_JSON ?? '{}') as Record<
    string,
    unknown
  >
  const targets = Object.entries(textSetsOf).flatMap(([name, sets]) =>
    sets.map(set => join(directory, name, set)),
  )
  return promisify(execFile)(process.execPath, [compileLanguages, languagesFolder(setting), ...targets])
}

/** File descriptor of the standard error. */
const standardError = 2

const finish = (result: number) => {
  Atomics.store(state, 0, result)
  Atomics.notify(state, 0)
}

let result: number = bundling.failed
try {
  await Promise.all([bundle(), addGazetteer(), addLanguages()])
  result = bundling.done
} catch (error) {
  // The main thread waits and prints nothing of a worker meanwhile. `process.stderr` of a worker has no descriptor.
  writeSync(standardError, `${error instanceof Error ? error.message : error}\n`)
} finally {
  // Without a result, the main thread would wait for ever.
  finish(result)
}
