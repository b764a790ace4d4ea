/**
 * Entry of `npm run bench`: measures, prints and writes all figures; exits with 1 when a budget is exceeded.
 * `--only <part>`, once or several times, measures and prints some parts.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { synthesize } from '../local/runtime/synthesize.ts'
import * as bundles from './bundles.ts'
import { withCloud } from './cloud.ts'
import * as deadlines from './deadlines.ts'
import * as faultSweep from './fault-sweep.ts'
import * as life from './life.ts'
import * as mail from './mail.ts'
import * as mailSize from './mail-size.ts'
import { Meter } from './meter.ts'
import * as operations from './operations.ts'
import * as pipeline from './pipeline.ts'
import { startProgram } from './program.ts'
import { asMarkdown, asText, type Table } from './report.ts'
import { machine, type Results, readResults, writeResults } from './results.ts'
import * as search from './search.ts'
import { summaryTable, writeSummary } from './summary.ts'

// As in Lambda.
process.env.TZ = 'UTC'

const { values: options } = parseArgs({
  options: { markdown: { type: 'boolean' }, only: { type: 'string', multiple: true } },
})

interface Place {
  readonly workDir: string
  readonly templateDir: string
}

/** Parts that can be measured separately. */
const parts = {
  bundles: {
    doing: 'Weighing and loading the bundles…',
    measure: ({ templateDir, workDir }: Place) => bundles.measureBundles(templateDir, workDir),
  },
  operations: {
    doing: 'Metering each operation…',
    measure: ({ templateDir }: Place) =>
      withCloud(templateDir, async cloud => {
        const meter = new Meter(cloud)
        const program = await startProgram(cloud, operations.partnersNeeded)
        const figures = await operations.measureOperations(program, meter)
        meter.verify()
        return figures
      }),
  },
  life: {
    doing: 'Living a whole life…',
    measure: ({ templateDir }: Place) =>
      withCloud(templateDir, async cloud => {
        const meter = new Meter(cloud)
        return life.measureLife(await startProgram(cloud, life.partnersNeeded), meter)
      }),
  },
  pipeline: {
    doing: 'Filling the pipeline…',
    measure: ({ templateDir }: Place) =>
      withCloud(templateDir, async cloud =>
        pipeline.measurePipeline(await startProgram(cloud, pipeline.partnersNeeded)),
      ),
  },
  deadlines: {
    doing: 'Keeping deadlines…',
    measure: ({ templateDir }: Place) =>
      withCloud(deadlines.withoutMails(templateDir), cloud => deadlines.measureDeadlines(cloud), {
        tablesInMemory: true,
      }),
  },
  faults: { doing: 'Sweeping faults…', measure: () => faultSweep.measureFaults() },
  mail: { doing: 'Sending mail…', measure: () => mail.measureMail() },
  search: { doing: 'Searching directories…', measure: () => search.measureSearches() },
}
type Part = keyof typeof parts
type Figures = { readonly [P in Part]: Awaited<ReturnType<(typeof parts)[P]['measure']>> }

const inWorkDir = async (work: (place: Place) => Promise<void>): Promise<void> => {
  const workDir = mkdtempSync(join(tmpdir(), 'referral-center-bench-'))
  try {
    const templateDir = join(workDir, 'cdk.out')
    say('Synthesizing the template…')
    await synthesize(templateDir)
    await work({ workDir, templateDir })
  } finally {
    rmSync(workDir, { recursive: true, force: true })
  }
}

const measureAll = async (place: Place): Promise<void> => {
  const figures = await measure(Object.keys(parts) as Part[], place)
  const results = resultsOf(figures as Figures)
  writeResults(results)
  writeSummary(summaryTable(readResults()))
  print(readResults(), asText)
  if (!keepsBudgets(results)) process.exitCode = 1
}

/** Prints some figures and writes none: stored figures are always of one run. */
const measureOnly = (names: readonly string[]): ((place: Place) => Promise<void>) => {
  const unknown = names.find(name => !(name in parts))
  if (unknown) throw new Error(`there is no ${unknown} to measure, but ${Object.keys(parts).join(', ')}`)
  return async place => {
    const figures = await measure(names as Part[], place)
    say(tablesOf(figures).map(asText).join('\n'))
  }
}

const measure = async (names: readonly Part[], place: Place): Promise<Partial<Figures>> => {
  const figures: [Part, unknown][] = []
  for (const name of names) {
    say(parts[name].doing)
    figures.push([name, await parts[name].measure(place)])
  }
  return Object.fromEntries(figures)
}

const resultsOf = (figures: Figures): Results => ({
  bundles: figures.bundles.bundles,
  operations: figures.operations,
  life: figures.life,
  faults: figures.faults,
  mailSizes: figures.mail.sizes,
  relevance: figures.search.relevance,
  timed: {
    machine,
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
  life: results.life,
  pipeline: [...timed.pipeline],
  deadlines: timed.deadlines,
  faults: [...results.faults],
  mail: { sizes: [...results.mailSizes], times: timed.mail },
  search: { relevance: [...results.relevance], times: [...timed.search] },
})

const tablesOf = (figures: Partial<Figures>): Table[] => [
  ...(figures.bundles ? [bundles.bundlesTable(figures.bundles.bundles, figures.bundles.initTimes)] : []),
  ...(figures.operations ? [operations.operationsTable(figures.operations)] : []),
  ...(figures.life
    ? [life.lifeTable(figures.life), life.mailCostTable(figures.life), life.deadlineCostTable(figures.life)]
    : []),
  ...(figures.pipeline ? [pipeline.pipelineTable(figures.pipeline)] : []),
  ...(figures.deadlines ? [deadlines.deadlinesTable(figures.deadlines)] : []),
  ...(figures.mail
    ? [
        mail.handOverTable(figures.mail.times),
        mail.mailRateTable(figures.mail.times),
        mailSize.sizesTable(figures.mail.sizes),
      ]
    : []),
  ...(figures.search
    ? [
        search.searchTable(figures.search.times),
        search.indexTable(figures.search.times),
        search.relevanceTable(figures.search.relevance),
      ]
    : []),
  ...(figures.faults ? [faultSweep.faultsTable(figures.faults)] : []),
]

/** Checks budgets of sizes and counts. Times are shown in the tables only: they depend on the load of the machine. */
const keepsBudgets = (results: Results): boolean =>
  bundles.isWithinBudget(results.bundles) &&
  operations.isWithinBudget(results.operations) &&
  mailSize.isWithinBudget(results.mailSizes) &&
  faultSweep.isRecovered(results.faults) &&
  search.isMostRelevant(results.relevance)

const print = (results: Results, as: (table: Table) => string): void => {
  say([summaryTable(results), ...tablesOf(figuresOf(results))].map(as).join('\n'))
}

const say = (line: string): void => {
  console.log(line)
}

if (options.markdown) print(readResults(), asMarkdown)
else await inWorkDir(options.only ? measureOnly(options.only) : measureAll)
