/**
 * Synthesizes the app into a cloud assembly, as `cdk synth` does, if its sources have changed.
 */
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { globSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { delimiter, join, resolve } from 'node:path'
import { promisify } from 'node:util'

const ownRoot = join(import.meta.dirname, '../..')
const sources = ['cdk.json', 'package-lock.json', 'docs/api/openapi.json', '{infra,functions,shared}/**/*']

/** Adds the path of each function's bundle to the template, as the command of the CDK does. */
const assetMetadata = { 'aws:cdk:enable-asset-metadata': true }

/**
 * Throws with the output of the app when synthesis fails.
 * @param root another checkout of the repository, with its packages installed
 * @param settings settings of the deployment, in addition to those in cdk.json
 */
export const synthesize = async (
  directory: string,
  root = ownRoot,
  settings: Readonly<Record<string, unknown>> = {},
): Promise<void> => {
  const stamp = join(directory, '.sources')
  const { app, context: own } = JSON.parse(readFileSync(join(root, 'cdk.json'), 'utf8')) as {
    app: string
    context?: Readonly<Record<string, unknown>>
  }
  const context = { ...own, ...settings }
  const fingerprint = fingerprintOfSources(root, context)
  if (readIfThere(stamp) === fingerprint) return
  rmSync(directory, { recursive: true, force: true })
  await run(app, root, {
    ...process.env,
    PATH: [join(root, 'node_modules/.bin'), process.env.PATH].join(delimiter),
    NODE_NO_WARNINGS: '1',
    // The rules of CDK and cdk-nag take two seconds; `npm run synth` and the tests apply them.
    CDK_VALIDATION: 'false',
    CDK_OUTDIR: directory,
    CDK_CONTEXT_JSON: JSON.stringify({ ...context, ...assetMetadata }),
  })
  writeFileSync(stamp, fingerprint)
}

const run = async (command: string, cwd: string, env: NodeJS.ProcessEnv): Promise<void> => {
  try {
    await promisify(execFile)(command, { cwd, env, shell: true, maxBuffer: 2 ** 26 })
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string }
    throw new Error(`The app does not synthesize:\n${stderr}${stdout}`)
  }
}

const fingerprintOfSources = (root: string, context: Readonly<Record<string, unknown>>): string => {
  const hash = createHash('sha256').update(process.version).update(JSON.stringify(context))
  const { languagesFolder = 'languages' } = context
  for (const file of globSync([...sources, `${languagesFolder}/**/*`], { cwd: root }).sort()) {
    const { mtimeMs, size } = statSync(resolve(root, file))
    hash.update(`${file} ${mtimeMs} ${size}\n`)
  }
  return hash.digest('hex')
}

const readIfThere = (file: string): string | undefined => {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return undefined
  }
}
