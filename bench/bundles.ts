/** Measures the size and the init time of each function, compared with the smallest possible function on DynamoDB. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { loadTemplate, type Resource } from '../local/runtime/template.ts'
import { budgetOf, budgets, classOf, type FunctionClass } from './budgets.ts'
import { buildFloors, type Floor } from './floor.ts'
import { type BundleFile, initRounds, measureInit } from './init-time.ts'
import type { Report } from './progress.ts'
import { decimals, kilobytes, median, ratiosOf, type Table, verdict } from './report.ts'

export interface BundleSize {
  readonly bytes: number
  readonly gzipBytes: number
}

interface Bundle extends BundleSize {
  readonly name: string
  /** Size divided by the size of the floor. */
  readonly timesFloor: number
  /** Undefined for a floor. */
  readonly withinBudget?: boolean
}

export interface InitTime {
  readonly name: string
  /** Median over all rounds of the processor time to import the bundle in a new process, in milliseconds. */
  readonly ms: number
  /** Median over all rounds of that time divided by the time of the floor in the same round. */
  readonly timesFloor: number
}

export interface BundleFigures {
  readonly floors: readonly (Bundle & { readonly settings: string })[]
  readonly functions: readonly Bundle[]
}

/** @param workDir the directory into which the floors are built */
export const measureBundles = async (
  templateDir: string,
  workDir: string,
  report: Report,
): Promise<{ bundles: BundleFigures; initTimes: InitTime[] }> => {
  const functions = bundlesIn(templateDir)
  const built = await floorsFor(functions, workDir)
  const bundles = sizesOf(functions, built)
  for (const { name, bytes } of bundles.functions) report(`${name}: ${kilobytes(bytes)} KB`)
  const [floor, ...others] = built.map(({ name, file }): BundleFile => ({ name, file, env: {} }))
  if (!floor) throw new Error('buildFloors returned no floor')
  const groups = [...others, ...functions].map(bundle => [floor, bundle])
  const initTimes = (await measureInit(groups, report)).map(([floorMs = [], ms = []], index) => ({
    name: groups[index]?.[1]?.name ?? '',
    ms: median(ms),
    timesFloor: median(ratiosOf(ms, floorMs)),
    floorMs: median(floorMs),
  }))
  const floorTime = { name: floor.name, ms: median(initTimes.map(({ floorMs }) => floorMs)), timesFloor: 1 }
  return {
    bundles,
    initTimes: [floorTime, ...initTimes.map(({ floorMs: _, ...time }) => time)],
  }
}

/** Bundles floors like the functions, with the same external modules. */
export const floorsFor = (functions: readonly BundleFile[], workDir: string): Promise<Floor[]> =>
  buildFloors(workDir, formatOf(functions), externalsOf(functions))

const sizesOf = (functions: readonly BundleFile[], floors: readonly Floor[]): BundleFigures => {
  const floorBytes = sizeOf(floors[0]?.file ?? '').bytes
  const measured = ({ name, file }: Pick<BundleFile, 'name' | 'file'>): Bundle => {
    const size = sizeOf(file)
    return { name, ...size, timesFloor: size.bytes / floorBytes }
  }
  return {
    floors: floors.map(floor => ({ ...measured(floor), settings: floor.settings })),
    functions: functions.map(measured).map(bundle => ({ ...bundle, withinBudget: isWithinSize(bundle) })),
  }
}

const isWithinSize = ({ name, bytes }: Bundle): boolean => bytes <= budgetOf(name).bytes

export const sizeOf = (file: string): BundleSize => {
  const code = readFileSync(file)
  return { bytes: code.length, gzipBytes: gzipSync(code, { level: 9 }).length }
}

/** Returns the bundles of a synthesized template. */
export const bundlesIn = (templateDir: string): BundleFile[] => {
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

const formatOf = (bundles: readonly BundleFile[]) =>
  bundles.every(({ file }) => file.endsWith('.mjs')) ? 'esm' : 'cjs'

/** Returns the modules that the bundles import at run time, apart from those of Node.js. */
const externalsOf = (bundles: readonly BundleFile[]): string[] => {
  const imported = bundles.flatMap(({ file }) =>
    [...readFileSync(file, 'utf8').matchAll(/\b(?:import|require)\(["'](@[\w-]+\/[\w-]+)["']\)/g)].map(
      ([, name = '']) => name,
    ),
  )
  return [...new Set(imported)]
}

/** Returns true if sizes and init times are within the budgets. Init times are multiples of the floor. */
export const isWithinBudget = ({ functions }: BundleFigures, initTimes: readonly InitTime[]): boolean =>
  functions.every(({ withinBudget = true }) => withinBudget) &&
  initTimes.every(({ name, timesFloor }) => isFloor(name) || isWithinInitTime(name, timesFloor))

const isFloor = (name: string): boolean => name.startsWith('floor')

const isWithinInitTime = (name: string, timesFloor: number): boolean =>
  timesFloor <= (budgetOf(name).initTimesFloor ?? Number.POSITIVE_INFINITY)

const budgetText = (name: FunctionClass): string => {
  const { bytes, initTimesFloor } = budgets[name]
  return `${kilobytes(bytes)} KB${initTimesFloor ? ` and ${initTimesFloor} × the floor’s init` : ''}`
}

export const bundlesTable = ({ floors, functions }: BundleFigures, initTimes: readonly InitTime[]): Table => {
  const init = new Map(initTimes.map(time => [time.name, time]))
  const timesOf = ({ name }: Bundle) => init.get(name) ?? { ms: Number.NaN, timesFloor: Number.NaN }
  const floorRow = (floor: Bundle, settings: string): string[] => [
    `floor: ${settings}`,
    '',
    kilobytes(floor.bytes),
    kilobytes(floor.gzipBytes),
    decimals(floor.timesFloor, 2),
    decimals(timesOf(floor).ms, 0),
    decimals(timesOf(floor).timesFloor, 2),
  ]
  const row = (bundle: Bundle): string[] => {
    const { ms, timesFloor } = timesOf(bundle)
    const mark = budgetOf(bundle.name).initTimesFloor
      ? ` ${verdict(isWithinInitTime(bundle.name, timesFloor))}`
      : ''
    return [
      bundle.name,
      classOf(bundle.name),
      `${kilobytes(bundle.bytes)} ${verdict(isWithinSize(bundle))}`,
      kilobytes(bundle.gzipBytes),
      decimals(bundle.timesFloor, 2),
      decimals(ms, 0),
      decimals(timesFloor, 2) + mark,
    ]
  }
  const limits = (Object.keys(budgets) as FunctionClass[]).map(name => `${name} ${budgetText(name)}`)
  return {
    title: 'Functions: size and init time',
    columns: ['bundle', 'class', 'KB', 'gzip KB', '× floor', 'init ms', '× floor'],
    rows: [...floors.map(floor => floorRow(floor, floor.settings)), ...functions.map(row)],
    notes: [
      `Budgets by class: ${limits.join('; ')}. Init is the processor time to import the bundle in a new Node.js process: the median of ` +
        `${initRounds} rounds, in each of which a function and the floor run directly after each other.`,
    ],
  }
}
