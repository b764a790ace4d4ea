/** Bundle size and load time of each function, compared with the smallest possible function. */
import { execFile } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { gzipSync } from 'node:zlib'
import { loadTemplate, type Resource } from '../local/runtime/template.ts'
import { buildFloors } from './floor.ts'
import { decimals, kilobytes, median, type Table, verdict } from './report.ts'

/** Budget of API functions. Functions behind queues and streams have a larger one: no caller waits while they load. */
export const budget = { bytes: 450_000, timesFloor: 1.4 } as const
export const workerBudget = { bytes: 650_000 } as const
const rounds = 15

interface Bundle {
  readonly name: string
  readonly bytes: number
  readonly gzipBytes: number
  /** Size divided by the size of the floor. */
  readonly timesFloor: number
  /** True when the size is within the budget; undefined for a floor. */
  readonly withinBudget?: boolean
}

export interface InitTime {
  readonly name: string
  /** Median time of importing the bundle in a fresh process, in milliseconds. */
  readonly ms: number
  /** Median of its time divided by the time of the floor in the same round. */
  readonly timesFloor: number
}

export interface BundleFigures {
  readonly floors: readonly (Bundle & { readonly settings: string })[]
  readonly functions: readonly Bundle[]
}

interface Module {
  readonly name: string
  readonly file: string
  readonly env: Readonly<Record<string, string>>
}

/** @param workDir directory for the bundles of the floors */
export const measureBundles = async (
  templateDir: string,
  workDir: string,
): Promise<{ bundles: BundleFigures; initTimes: InitTime[] }> => {
  const functions = modulesIn(templateDir)
  const built = await buildFloors(workDir, formatOf(functions), externalsOf(functions))
  const floors = built.map(({ name, file }) => ({ name, file, env: {} }))
  const floorBytes = sizeOf(floors[0]).bytes
  const weigh = (module: Module): Bundle => {
    const size = sizeOf(module)
    return { name: module.name, ...size, timesFloor: size.bytes / floorBytes }
  }
  const bundles = {
    floors: floors.map((floor, index) => ({ ...weigh(floor), settings: built[index]?.settings ?? '' })),
    functions: functions.map(module => judged(weigh(module))),
  }
  return { bundles, initTimes: await measureInit([...floors, ...functions]) }
}

/** True for functions whose caller waits for the response. */
export const isApi = (name: string): boolean => name === 'pages' || name.endsWith('-api')

const judged = (bundle: Bundle): Bundle => ({ ...bundle, withinBudget: isSmallEnough(bundle) })

const isSmallEnough = ({ name, bytes, timesFloor }: Bundle): boolean =>
  isApi(name) ? bytes <= budget.bytes && timesFloor <= budget.timesFloor : bytes <= workerBudget.bytes

const sizeOf = (module: Module | undefined) => {
  const code = readFileSync(module?.file ?? '')
  return { bytes: code.length, gzipBytes: gzipSync(code, { level: 9 }).length }
}

const modulesIn = (templateDir: string): Module[] => {
  const nowhere = 'http://localhost'
  const template = loadTemplate(templateDir, { publicUrl: nowhere, endpointUrl: nowhere, issuer: nowhere })
  return template.ofType('AWS::Lambda::Function').map(resource => {
    const env = variablesOf(resource)
    const asset = join(templateDir, String(resource.metadata['aws:asset:path']))
    const file = ['index.mjs', 'index.js'].map(name => join(asset, name)).find(existsSync) ?? ''
    return { name: env.POWERTOOLS_SERVICE_NAME ?? '', file, env }
  })
}

const variablesOf = ({ properties }: Resource): Record<string, string> =>
  (properties.Environment as { Variables: Record<string, string> }).Variables

const formatOf = (modules: readonly Module[]) =>
  modules.every(({ file }) => file.endsWith('.mjs')) ? 'esm' : 'cjs'

/** Modules that our bundles import at run time, besides those of Node. */
const externalsOf = (modules: readonly Module[]): string[] => {
  const imported = modules.flatMap(({ file }) =>
    [...readFileSync(file, 'utf8').matchAll(/\b(?:import|require)\(["'](@[\w-]+\/[\w-]+)["']\)/g)].map(
      ([, name = '']) => name,
    ),
  )
  return [...new Set(imported)]
}

/** Measures all bundles in turns, so that other load on the machine affects all of them. */
const measureInit = async (modules: readonly Module[]): Promise<InitTime[]> => {
  const times = new Map(modules.map(({ name }) => [name, [] as number[]]))
  for (let round = 0; round < rounds; round++)
    for (const module of modules) times.get(module.name)?.push(await initTime(module))
  const floor = times.get(modules[0]?.name ?? '') ?? []
  return [...times].map(([name, all]) => ({
    name,
    ms: median(all),
    timesFloor: median(all.map((ms, round) => ms / (floor[round] ?? Number.NaN))),
  }))
}

const timedImport = `
const startedAt = performance.now()
await import(process.argv[1])
console.log(performance.now() - startedAt)
process.exit()`

/** Milliseconds of importing a bundle in a fresh process, without the start of Node. */
const initTime = async ({ file, env }: Module): Promise<number> => {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--input-type=module', '--eval', timedImport, '--', pathToFileURL(file).href],
    { env: { ...env, AWS_REGION: 'us-east-1' } },
  )
  return Number(stdout)
}

const budgetOf = (name: string) => (isApi(name) ? budget : workerBudget)

export const isWithinBudget = ({ functions }: BundleFigures): boolean =>
  functions.every(({ withinBudget = true }) => withinBudget)

export const bundlesTable = ({ floors, functions }: BundleFigures, initTimes: readonly InitTime[]): Table => {
  const init = new Map(initTimes.map(time => [time.name, time]))
  const row = (bundle: Bundle, title: string, isFloor: boolean) => {
    const { ms = Number.NaN, timesFloor = Number.NaN } = init.get(bundle.name) ?? {}
    const judged = (times: number) =>
      decimals(times, 2) + (isApi(bundle.name) ? ` ${verdict(times <= budget.timesFloor)}` : '')
    return [
      title,
      kilobytes(bundle.bytes) + (isFloor ? '' : ` ${verdict(bundle.bytes <= budgetOf(bundle.name).bytes)}`),
      kilobytes(bundle.gzipBytes),
      judged(bundle.timesFloor),
      decimals(ms, 0),
      judged(timesFloor),
    ]
  }
  return {
    title: 'Functions: size and init time',
    columns: ['bundle', 'KB', 'gzip KB', '× floor', 'init ms', '× floor'],
    rows: [
      ...floors.map(floor => row(floor, `floor: ${floor.settings}`, true)),
      ...functions.map(bundle => row(bundle, bundle.name, false)),
    ],
    notes: [
      `Budget of an API function: ${kilobytes(budget.bytes)} KB, and ${budget.timesFloor} × the floor in size and in init time; of a worker: ${kilobytes(workerBudget.bytes)} KB. ` +
        `Init is importing the bundle in a fresh Node.js process, the median of ${rounds} rounds in which all take turns.`,
    ],
  }
}
