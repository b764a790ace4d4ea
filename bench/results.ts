/** All figures of a run: those that are the same on every machine, and separately the times measured on one machine. */
import { readFileSync, writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import type { BundleFigures, InitTime } from './bundles.ts'
import type { DeadlineFigures } from './deadlines.ts'
import type { FaultFigures } from './fault-sweep.ts'
import type { LifeFigures } from './life.ts'
import type { ListFigures } from './lists.ts'
import type { MailFigures } from './mail.ts'
import type { SizeFigures } from './mail-size.ts'
import type { OperationFigures } from './operations.ts'
import type { PipelineFigures } from './pipeline.ts'
import type { RelevanceFigures, SearchFigures } from './search.ts'

export interface Results {
  readonly bundles: BundleFigures
  readonly operations: readonly OperationFigures[]
  readonly lists: readonly ListFigures[]
  readonly life: LifeFigures
  readonly faults: readonly FaultFigures[]
  readonly mailSizes: readonly SizeFigures[]
  readonly relevance: readonly RelevanceFigures[]
  readonly timed: {
    readonly machine: Machine
    /** Seconds by part of the bench, from which the next run estimates its own. */
    readonly durations: Readonly<Record<string, number>>
    readonly initTimes: readonly InitTime[]
    readonly pipeline: readonly PipelineFigures[]
    readonly deadlines: DeadlineFigures
    readonly mail: MailFigures
    readonly search: readonly SearchFigures[]
  }
}

interface Machine {
  readonly cores: number
  readonly platform: string
  readonly node: string
}

export const machine: Machine = {
  cores: availableParallelism(),
  platform: `${process.platform} ${process.arch}`,
  node: process.version,
}

const file = join(import.meta.dirname, 'results.json')
const digits = 4

const rounded = (_: string, value: unknown): unknown =>
  typeof value === 'number' ? Number(value.toFixed(digits)) : value

export const writeResults = (results: Results): void => {
  writeFileSync(file, `${JSON.stringify(results, rounded, 2)}\n`)
}

/** Reads the figures of the last run. */
export const readResults = (): Results => JSON.parse(readFileSync(file, 'utf8')) as Results
