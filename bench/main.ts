/** `npm run bench`: measures, prints and writes all figures; exits 1 where a budget does not hold. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { synthesize } from '../local/synthesize.ts'
import * as bundles from './bundles.ts'
import { withCloud } from './cloud.ts'
import * as deadlines from './deadlines.ts'
import * as faultSweep from './fault-sweep.ts'
import * as life from './life.ts'
import { Meter } from './meter.ts'
import * as operations from './operations.ts'
import * as pipeline from './pipeline.ts'
import { startProgram } from './program.ts'
import { asMarkdown, asText, type Table } from './report.ts'
import { machine, type Results, readResults, writeResults } from './results.ts'
import { summaryTable } from './summary.ts'

// As in Lambda.
process.env.TZ = 'UTC'

const { values: options } = parseArgs({ options: { markdown: { type: 'boolean' } } })
if (options.markdown) print(readResults(), asMarkdown)
else await main()

async function main(): Promise<void> {
  const workDir = mkdtempSync(join(tmpdir(), 'referral-center-bench-'))
  try {
    const results = await measure(workDir)
    writeResults(results)
    print(readResults(), asText)
    if (!keepsBudgets(results)) process.exitCode = 1
  } finally {
    rmSync(workDir, { recursive: true, force: true })
  }
}

async function measure(workDir: string): Promise<Results> {
  const templateDir = join(workDir, 'cdk.out')
  say('Synthesizing the template…')
  await synthesize(templateDir)
  say('Weighing and loading the bundles…')
  const { bundles: sizes, initTimes } = await bundles.measureBundles(templateDir, workDir)
  say('Metering each operation…')
  const operationFigures = await withCloud(templateDir, async cloud => {
    const meter = new Meter(cloud)
    const program = await startProgram(cloud, operations.partnersNeeded)
    const figures = await operations.measureOperations(program, meter)
    meter.verify()
    return figures
  })
  say('Living a whole life…')
  const lifeFigures = await withCloud(templateDir, async cloud => {
    const meter = new Meter(cloud)
    return life.measureLife(await startProgram(cloud, life.partnersNeeded), meter)
  })
  say('Filling the pipeline…')
  const pipelineFigures = await withCloud(templateDir, async cloud =>
    pipeline.measurePipeline(await startProgram(cloud, pipeline.partnersNeeded)),
  )
  say('Keeping deadlines…')
  const deadlineFigures = await withCloud(
    deadlines.withoutMails(templateDir),
    cloud => deadlines.measureDeadlines(cloud),
    { tablesInMemory: true },
  )
  say('Sweeping faults…')
  const faults = await faultSweep.measureFaults()
  return {
    bundles: sizes,
    operations: operationFigures,
    life: lifeFigures,
    faults,
    timed: { machine, initTimes, pipeline: pipelineFigures, deadlines: deadlineFigures },
  }
}

/** Times are judged in the tables only: a busy machine is no fault of the program's. */
function keepsBudgets(results: Results): boolean {
  return (
    bundles.isWithinBudget(results.bundles) &&
    operations.isWithinBudget(results.operations) &&
    faultSweep.isRecovered(results.faults)
  )
}

function print(results: Results, as: (table: Table) => string): void {
  const { timed } = results
  const tables = [
    summaryTable(results),
    bundles.bundlesTable(results.bundles, timed.initTimes),
    operations.operationsTable(results.operations),
    life.lifeTable(results.life),
    life.deadlineCostTable(results.life),
    pipeline.pipelineTable(timed.pipeline),
    deadlines.deadlinesTable(timed.deadlines),
    faultSweep.faultsTable(results.faults),
  ]
  say(tables.map(as).join('\n'))
}

function say(line: string): void {
  console.log(line)
}
