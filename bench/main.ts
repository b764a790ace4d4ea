/**
 * `npm run bench` measures, prints and writes all figures, and exits with 1 when a budget is exceeded.
 * `--list` lists the parts, `--only <part>` (repeatable) measures and prints some of them, `--markdown` prints the
 * stored figures, and `--against <folder>` compares this checkout with another one.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { writeGenerated } from '../docs/generated.ts'
import { synthesize } from '../local/runtime/synthesize.ts'
import * as against from './against.ts'
import * as bundles from './bundles.ts'
import { withCloud } from './cloud.ts'
import * as deadlines from './deadlines.ts'
import * as faultSweep from './fault-sweep.ts'
import * as life from './life.ts'
import * as lists from './lists.ts'
import * as mail from './mail.ts'
import * as mailSize from './mail-size.ts'
import { Meter } from './meter.ts'
import * as operations from './operations.ts'
import * as pipeline from './pipeline.ts'
import { startProgram } from './program.ts'
import { durationText, type PlannedPart, Progress, type Report } from './progress.ts'
import { asMarkdown, asText, type Table } from './report.ts'
import { machine, type Results, readResults, writeResults } from './results.ts'
import * as search from './search.ts'
import { summaryTable } from './summary.ts'

// Lambda uses UTC.
process.env.TZ = 'UTC'

const { values: options } = parseArgs({
  options: {
    markdown: { type: 'boolean' },
    list: { type: 'boolean' },
    only: { type: 'string', multiple: true },
    against: { type: 'string' },
  },
})

class UsageError extends Error {}

interface Folders {
  readonly workDir: string
  readonly templateDir: string
}

interface Part<F> {
  readonly title: string
  readonly measure: (folders: Folders, report: Report) => Promise<F>
  readonly tables: (figures: F) => Table[]
}

/** Infers the type of the figures. */
const part = <F>(described: Part<F>): Part<F> => described

/** Parts in the order in which they run. Each measures figures and formats them as tables. */
const parts = {
  bundles: part({
    title: 'size and init time of each function',
    measure: ({ templateDir, workDir }, report) => bundles.measureBundles(templateDir, workDir, report),
    tables: figures => [bundles.bundlesTable(figures.bundles, figures.initTimes)],
  }),
  operations: part({
    title: 'DynamoDB calls of each operation',
    measure: ({ templateDir }, report) =>
      withCloud(templateDir, async cloud => {
        const meter = new Meter(cloud)
        const program = await startProgram(cloud, operations.partnersNeeded)
        const figures = await operations.measureOperations(program, meter, report)
        meter.verify()
        return figures
      }),
    tables: figures => [operations.operationsTable(figures)],
  }),
  lists: part({
    title: 'read units of every list',
    measure: (_, report) => lists.measureLists(report),
    tables: figures => [lists.listsTable(figures)],
  }),
  life: part({
    title: 'cost of a request from the RFI to the archive',
    measure: ({ templateDir }, report) =>
      withCloud(templateDir, async cloud => {
        const meter = new Meter(cloud)
        return life.measureLife(await startProgram(cloud, life.partnersNeeded), meter, report)
      }),
    tables: figures => [
      life.lifeTable(figures),
      life.mailCostTable(figures),
      life.deadlineCostTable(figures),
    ],
  }),
  pipeline: part({
    title: 'RFIs through the whole local cloud',
    measure: ({ templateDir }, report) =>
      withCloud(templateDir, async cloud =>
        pipeline.measurePipeline(await startProgram(cloud, pipeline.partnersNeeded), report),
      ),
    tables: figures => [pipeline.pipelineTable(figures)],
  }),
  deadlines: part({
    title: 'schedules created and deleted, and lateness of expiries',
    measure: ({ templateDir }, report) =>
      withCloud(deadlines.withoutMails(templateDir), cloud => deadlines.measureDeadlines(cloud, report), {
        tablesInMemory: true,
      }),
    tables: figures => [deadlines.deadlinesTable(figures)],
  }),
  faults: part({
    title: 'recovery from a fault at each AWS call',
    measure: (_, report) => faultSweep.measureFaults(report),
    tables: figures => [faultSweep.faultsTable(figures)],
  }),
  mail: part({
    title: 'rate, waiting time and size of mails',
    measure: (_, report) => mail.measureMail(report),
    tables: figures => [
      mail.handOverTable(figures.times),
      mail.mailRateTable(figures.times),
      mailSize.sizesTable(figures.sizes),
    ],
  }),
  search: part({
    title: 'searches compared with other libraries',
    measure: (_, report) => search.measureSearches(report),
    tables: figures => [
      search.searchTable(figures.times),
      search.indexTable(figures.times),
      search.relevanceTable(figures.relevance),
    ],
  }),
}

type PartName = keyof typeof parts
type Figures = { readonly [P in PartName]: Awaited<ReturnType<(typeof parts)[P]['measure']>> }

/** Parts of a comparison with another checkout. */
const comparisons: Readonly<
  Record<
    string,
    {
      readonly title: string
      /** Measured on two idle cores. */
      readonly expectedSeconds: number
      readonly compare: (folder: string, workDir: string, report: Report) => Promise<Table[]>
    }
  >
> = {
  bundles: {
    title: 'size and init time of each function',
    expectedSeconds: 120,
    compare: against.compareBundles,
  },
  mail: {
    title: 'bundle, memory and speed of the mail worker',
    expectedSeconds: 20,
    compare: against.compareMail,
  },
  search: {
    title: 'search times',
    expectedSeconds: 20,
    compare: (folder, _, report) => against.compareSearch(folder, report),
  },
}

/** Runs work with a temporary directory, which is deleted afterwards. */
const inWorkDir = async (work: (workDir: string) => Promise<void>): Promise<void> => {
  const workDir = mkdtempSync(join(tmpdir(), 'referral-center-bench-'))
  try {
    await work(workDir)
  } finally {
    rmSync(workDir, { recursive: true, force: true })
  }
}

const synthesized = async (workDir: string): Promise<Folders> => {
  const templateDir = join(workDir, 'cdk.out')
  console.log('Bundling the functions…')
  await synthesize(templateDir)
  return { workDir, templateDir }
}

/** Estimate for a part that has never been measured, in seconds. */
const unknownSeconds = 60

const planned = (): PlannedPart[] => {
  const durations: Readonly<Record<string, number>> = readResults().timed.durations
  return Object.entries(parts).map(([name, { title }]) => ({
    name,
    title,
    expectedSeconds: durations[name] ?? unknownSeconds,
  }))
}

const measureAll = (): Promise<void> =>
  inWorkDir(async workDir => {
    const progress = new Progress(planned())
    const folders = await synthesized(workDir)
    const figures: [string, unknown][] = []
    for (const name of Object.keys(parts) as PartName[])
      figures.push([name, await measure(name, folders, progress)])
    const results = resultsOf(Object.fromEntries(figures) as unknown as Figures, progress.durations)
    writeResults(results)
    writeGenerated()
    print([summaryTable(readResults())], asText)
    if (!isWithinBudgets(results)) process.exitCode = 1
  })

/** Prints the figures of some parts and stores none, because the stored figures must come from one run. */
const measureSome = (names: readonly string[]): Promise<void> => {
  requireKnown(names, Object.keys(parts))
  return inWorkDir(async workDir => {
    const plan = planned().filter(({ name }) => names.includes(name))
    const progress = new Progress(plan)
    const folders = await synthesized(workDir)
    for (const { name } of plan) await measure(name as PartName, folders, progress)
  })
}

const measure = async <N extends PartName>(
  name: N,
  folders: Folders,
  progress: Progress,
): Promise<Figures[N]> => {
  const { measure, tables } = parts[name] as unknown as Part<Figures[N]>
  const figures = await progress.run(name, () => measure(folders, progress.report))
  print(tables(figures), asText)
  return figures
}

const compare = (folder: string, names: readonly string[]): Promise<void> => {
  requireKnown(names, Object.keys(comparisons))
  const missing = against.missingIn(folder)
  if (missing)
    throw new UsageError(`${folder} has no ${missing}. Give a checkout with its packages installed.`)
  return inWorkDir(async workDir => {
    const plan = names.map(name => ({
      name,
      title: comparisons[name]?.title ?? '',
      expectedSeconds: comparisons[name]?.expectedSeconds ?? unknownSeconds,
    }))
    const progress = new Progress(plan)
    for (const name of names) {
      const tables = await progress.run(name, async () =>
        comparisons[name]?.compare(folder, workDir, progress.report),
      )
      print(tables ?? [], asText)
    }
  })
}

const requireKnown = (names: readonly string[], known: readonly string[]): void => {
  const unknown = names.find(name => !known.includes(name))
  if (unknown) throw new UsageError(`Unknown part "${unknown}". The parts are ${known.join(', ')}.`)
}

const list = (): void => {
  for (const { name, title, expectedSeconds } of planned())
    console.log(`${name.padEnd(12)}${title} (about ${durationText(expectedSeconds)})`)
  console.log('\nWith --against <folder>:')
  for (const [name, { title }] of Object.entries(comparisons)) console.log(`${name.padEnd(12)}${title}`)
}

const resultsOf = (figures: Figures, durations: Results['timed']['durations']): Results => ({
  bundles: figures.bundles.bundles,
  operations: figures.operations,
  lists: figures.lists,
  life: figures.life,
  faults: figures.faults,
  mailSizes: figures.mail.sizes,
  relevance: figures.search.relevance,
  timed: {
    machine,
    durations,
    initTimes: figures.bundles.initTimes,
    pipeline: figures.pipeline,
    deadlines: figures.deadlines,
    mail: figures.mail.times,
    search: figures.search.times,
  },
})

const figuresOf = ({ timed, ...results }: Results): Figures => ({
  bundles: { bundles: results.bundles, initTimes: [...timed.initTimes] },
  operations: [...results.operations],
  lists: [...results.lists],
  life: results.life,
  pipeline: [...timed.pipeline],
  deadlines: timed.deadlines,
  faults: [...results.faults],
  mail: { sizes: [...results.mailSizes], times: timed.mail },
  search: { relevance: [...results.relevance], times: [...timed.search] },
})

const tablesOf = (figures: Figures): Table[] =>
  (Object.keys(parts) as PartName[]).flatMap(name => (parts[name] as Part<unknown>).tables(figures[name]))

/**
 * Checks the budgets that do not depend on the load of the machine. Init times are multiples of the floor, so they
 * count.
 */
const isWithinBudgets = (results: Results): boolean =>
  bundles.isWithinBudget(results.bundles, results.timed.initTimes) &&
  operations.isWithinBudget(results.operations) &&
  lists.isWithinBudget(results.lists) &&
  mailSize.isWithinBudget(results.mailSizes) &&
  faultSweep.isRecovered(results.faults) &&
  search.isMostRelevant(results.relevance)

const print = (tables: readonly Table[], as: (table: Table) => string): void => {
  for (const table of tables) console.log(as(table))
}

const printStored = (): void => {
  const results = readResults()
  print([summaryTable(results), ...tablesOf(figuresOf(results))], asMarkdown)
}

const run = async (): Promise<void> => {
  const { against: folder, only } = options
  if (options.list) return list()
  if (options.markdown) return printStored()
  if (folder !== undefined) return compare(resolve(folder), only ?? Object.keys(comparisons))
  return only ? measureSome(only) : measureAll()
}

try {
  await run()
} catch (error) {
  if (!(error instanceof UsageError)) throw error
  console.error(error.message)
  process.exitCode = 1
}
