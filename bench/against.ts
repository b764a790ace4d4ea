/**
 * Compares this checkout with another one in the same run. Both are measured in turns, so that other load on the
 * machine affects both. A ratio of times is the median over the rounds of new divided by old, unless a table states
 * otherwise.
 */
import { type ChildProcess, execFile, fork } from 'node:child_process'
import { existsSync, globSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { synthesize } from '../local/runtime/synthesize.ts'
import { bundlesIn, floorsFor, sizeOf } from './bundles.ts'
import { type BundleFile, initRounds, measureInit } from './init-time.ts'
import type { Report } from './progress.ts'
import { decimals, kilobytes, median, quantile, ratiosOf, type Table } from './report.ts'
import type { BuiltIndex, SearchRound } from './search-rounds.ts'

/** The two checkouts. */
interface Sides<T> {
  readonly old: T
  readonly new: T
}

const here = join(import.meta.dirname, '..')
const mailWorker = 'send-mail'
const memoryRounds = 7
const searchRounds = 25
const searchedPartners = 10_000

/** Returns the first file or folder that a checkout lacks for a comparison. */
export const missingIn = (folder: string): string | undefined =>
  ['cdk.json', 'node_modules', 'test/simulation/search-peers.ts'].find(
    needed => !existsSync(join(folder, needed)),
  )

const checkoutsOf = (folder: string): Sides<string> => ({ old: folder, new: here })

/** Synthesizes both apps. @returns the bundles of each */
const bundlesOf = async (folder: string, workDir: string, report: Report): Promise<Sides<BundleFile[]>> => {
  const bundlesAt = async (checkout: string, name: string): Promise<BundleFile[]> => {
    const templateDir = join(workDir, `${name}.out`)
    report(`bundling the functions of ${checkout}`)
    await synthesize(templateDir, checkout)
    return bundlesIn(templateDir)
  }
  const { old, new: ours } = checkoutsOf(folder)
  return { old: await bundlesAt(old, 'old'), new: await bundlesAt(ours, 'new') }
}

/** Compares sizes and init times by function. */
export const compareBundles = async (folder: string, workDir: string, report: Report): Promise<Table[]> => {
  const bundles = await bundlesOf(folder, workDir, report)
  const [floor] = await floorsFor(bundles.new, workDir)
  if (!floor) throw new Error('buildFloors returned no floor')
  const pairs = pairsOf(bundles)
  const groups = pairs.map(({ old, new: ours }) => [{ ...floor, env: {} }, old, ours])
  const times = await measureInit(groups, report)
  const rows = pairs.map(({ old, new: ours }, index) => {
    const [floorMs = [], oldMs = [], newMs = []] = times[index] ?? []
    const [before, after] = [sizeOf(old.file).bytes, sizeOf(ours.file).bytes]
    return [
      ours.name,
      kilobytes(before),
      kilobytes(after),
      decimals(after / before, 2),
      decimals(median(oldMs), 0),
      decimals(median(newMs), 0),
      decimals(median(ratiosOf(newMs, oldMs)), 2),
      decimals(median(ratiosOf(oldMs, floorMs)), 2),
      decimals(median(ratiosOf(newMs, floorMs)), 2),
    ]
  })
  return [
    {
      title: `Functions beside ${folder}: size and init time`,
      columns: [
        'function',
        'KB old',
        'new',
        'new ÷ old',
        'init ms old',
        'new',
        'new ÷ old',
        'old × floor',
        'new × floor',
      ],
      rows,
      notes: [
        `Init: processor time, medians of ${initRounds} rounds, in each of which the floor, the old and the new bundle run directly after each other. ` +
          `${missingText(bundles)}`,
      ],
    },
  ]
}

/** Returns the functions that both checkouts have. */
const pairsOf = (bundles: Sides<BundleFile[]>): Sides<BundleFile>[] =>
  bundles.new.flatMap(ours => {
    const old = bundles.old.find(({ name }) => name === ours.name)
    return old ? [{ old, new: ours }] : []
  })

const missingText = ({ old, new: ours }: Sides<BundleFile[]>): string => {
  const namesMissing = (some: readonly BundleFile[], others: readonly BundleFile[]) =>
    some.filter(({ name }) => !others.some(other => other.name === name)).map(({ name }) => name)
  const [added, removed] = [namesMissing(ours, old), namesMissing(old, ours)]
  return `Only new: ${added.join(', ') || 'none'}. Only old: ${removed.join(', ') || 'none'}.`
}

interface Memory {
  /** The JavaScript heap after garbage collection, in megabytes. */
  readonly heap: number
  /** The peak resident memory of the process, in megabytes. */
  readonly peak: number
}

/** Compares the mail worker: its bundle, its memory, and the memory and time to write mails of every kind. */
export const compareMail = async (folder: string, workDir: string, report: Report): Promise<Table[]> => {
  const bundles = await bundlesOf(folder, workDir, report)
  const files = pairsOf(bundles).find(({ new: ours }) => ours.name === mailWorker)
  if (!files) throw new Error(`a checkout has no function ${mailWorker}`)
  const sizes = { old: sizeOf(files.old.file), new: sizeOf(files.new.file) }
  const loaded = await inTurns(memoryRounds, side => loadBundle(files[side]))
  report('memory after loading the bundle is measured')
  const previews = previewsOf(folder)
  const written = previews && (await inTurns(memoryRounds, side => writeMails(previews[side])))
  return [
    {
      title: `The mail worker beside ${folder}`,
      columns: ['', 'old', 'new', 'new ÷ old'],
      rows: [
        comparedOnce('bundle, bytes', { old: sizes.old.bytes, new: sizes.new.bytes }),
        comparedOnce('gzip, bytes', { old: sizes.old.gzipBytes, new: sizes.new.gzipBytes }),
        compared('heap after init, MB', loaded, ({ heap }) => heap),
        compared('peak memory of init, MB', loaded, ({ peak }) => peak),
        ...(written
          ? [
              compared('heap after writing mails, MB', written, ({ heap }) => heap),
              compared('peak memory of writing mails, MB', written, ({ peak }) => peak),
              compared('writing one mail, ms', written, ({ msPerMail }) => msPerMail, 3),
            ]
          : []),
      ],
      notes: [
        `Medians of ${memoryRounds} rounds, each in a new process. Peak memory includes Node.js itself. ` +
          (written
            ? 'Writing mails: all previews in all languages, 20 times, from the sources.'
            : `A checkout has none of ${previewFiles.join(', ')}, so writing mails is not compared.`),
      ],
    },
  ]
}

/** The module that renders mails of every kind, in this commit and in older ones. */
const previewFiles = ['test/fixtures/mail-previews.ts', 'shared/**/mail/previews.ts']

const previewsOf = (folder: string): Sides<string> | undefined => {
  const fileIn = (checkout: string): string | undefined => {
    const [file] = globSync(previewFiles, { cwd: checkout })
    return file && join(checkout, file)
  }
  const checkouts = checkoutsOf(folder)
  const [old, ours] = [fileIn(checkouts.old), fileIn(checkouts.new)]
  return old && ours ? { old, new: ours } : undefined
}

/** Measures both sides in each round, in the opposite order in every second round. */
const inTurns = async <T>(
  rounds: number,
  measure: (side: keyof Sides<unknown>) => Promise<T>,
): Promise<Sides<T[]>> => {
  const measured = { old: [] as T[], new: [] as T[] }
  for (let round = 0; round < rounds; round++)
    for (const side of round % 2 === 0 ? (['old', 'new'] as const) : (['new', 'old'] as const))
      measured[side].push(await measure(side))
  return measured
}

const printMemory = `
gc()
const memory = { heap: process.memoryUsage().heapUsed / 1e6, peak: process.resourceUsage().maxRSS / 1e3 }`

const loading = `
await import(process.argv[1])
${printMemory}
console.log(JSON.stringify(memory))
process.exit()`

const writing = `
const { previews } = await import(process.argv[1])
previews()
let startedAt = performance.now()
let mails = 0
for (let round = 0; round < 20; round++) mails += previews().length
const msPerMail = (performance.now() - startedAt) / mails
${printMemory}
console.log(JSON.stringify({ ...memory, msPerMail }))
process.exit()`

const loadBundle = ({ file, env }: BundleFile): Promise<Memory> =>
  evaluate(loading, file, { ...env, AWS_REGION: 'us-east-1' })

const writeMails = (file: string): Promise<Memory & { readonly msPerMail: number }> =>
  evaluate(writing, file, { TZ: 'UTC' })

/** Runs a script in a new process. @returns the JSON that it prints */
const evaluate = async <T>(
  script: string,
  file: string,
  env: Readonly<Record<string, string>>,
): Promise<T> => {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [
      '--expose-gc',
      '--disable-warning=ExperimentalWarning',
      '--input-type=module',
      '--eval',
      script,
      '--',
      pathToFileURL(file).href,
    ],
    { env },
  )
  return JSON.parse(stdout) as T
}

/** Compares search times on the same partners and queries. */
export const compareSearch = async (folder: string, report: Report): Promise<Table[]> => {
  const checkouts = checkoutsOf(folder)
  const old = await SearchProcess.start(checkouts.old)
  report(`${searchedPartners} partners indexed by the old code in ${decimals(old.buildMs, 0)} ms`)
  const ours = await SearchProcess.start(checkouts.new)
  report(`${searchedPartners} partners indexed by the new code in ${decimals(ours.buildMs, 0)} ms`)
  const processes = { old, new: ours }
  try {
    // The first round warms up.
    await inTurns(1, side => processes[side].round())
    const measured = await inTurns(searchRounds, side => processes[side].round())
    return [searchTable(folder, measured, { old: old.buildMs, new: ours.buildMs })]
  } finally {
    old.stop()
    ours.stop()
  }
}

const searchTable = (folder: string, measured: Sides<SearchRound[][]>, buildMs: Sides<number>): Table => {
  const kinds = measured.new[0]?.map(({ kind }) => kind) ?? []
  const row = (kind: string, share: number): string[] => {
    const [old, ours] = [measured.old, measured.new].map(rounds => quantile(timesOf(rounds, kind), share))
    return comparedOnce(`${kind}, p${share * 100} ms`, { old: old ?? 0, new: ours ?? 0 }, 3)
  }
  return {
    title: `Searches beside ${folder}, on ${searchedPartners.toLocaleString('en')} partners`,
    columns: ['', 'old', 'new', 'new ÷ old'],
    rows: [
      ...kinds.flatMap(kind => [row(kind, 0.5), row(kind, 0.95)]),
      comparedOnce('building the index once, ms', buildMs, 0),
    ],
    notes: [
      `Quantiles of 100 searches of each kind. The time of a search is its median over ${searchRounds} rounds, so that ` +
        'interruptions by other processes do not count.',
    ],
  }
}

/** Returns the median time of each search over the rounds. */
const timesOf = (rounds: readonly (readonly SearchRound[])[], kind: string): number[] => {
  const ofKind = rounds.flatMap(round => round.filter(figures => figures.kind === kind))
  const count = ofKind[0]?.times.length ?? 0
  return Array.from({ length: count }, (_, index) =>
    median(ofKind.map(({ times }) => times[index] ?? Number.NaN)),
  )
}

/** A process of one checkout that holds an index and times searches on request. */
class SearchProcess {
  readonly #child: ChildProcess
  readonly buildMs: number

  private constructor(child: ChildProcess, buildMs: number) {
    this.#child = child
    this.buildMs = buildMs
  }

  static async start(checkout: string): Promise<SearchProcess> {
    const child = fork(join(import.meta.dirname, 'search-rounds.ts'), [checkout, String(searchedPartners)], {
      execArgv: ['--disable-warning=ExperimentalWarning'],
      env: { ...process.env, TZ: 'UTC' },
    })
    const { buildMs } = await answerOf<BuiltIndex>(child)
    return new SearchProcess(child, buildMs)
  }

  round(): Promise<SearchRound[]> {
    const answer = answerOf<SearchRound[]>(this.#child)
    this.#child.send('round')
    return answer
  }

  stop(): void {
    this.#child.kill()
  }
}

/** Returns the next message of the process. @throws Error if the process ends first */
const answerOf = <T>(child: ChildProcess): Promise<T> =>
  new Promise((resolve, reject) => {
    const fail = (code: number | null) => reject(new Error(`bench/search-rounds.ts ended with code ${code}`))
    child.once('exit', fail)
    child.once('message', message => {
      child.off('exit', fail)
      resolve(message as T)
    })
  })

const comparedOnce = (name: string, { old, new: ours }: Sides<number>, digits = 0): string[] => [
  name,
  decimals(old, digits),
  decimals(ours, digits),
  decimals(ours / old, 2),
]

const compared = <T>(
  name: string,
  rounds: Sides<readonly T[]>,
  read: (figures: T) => number,
  digits = 1,
): string[] => {
  const [old, ours] = [rounds.old.map(read), rounds.new.map(read)]
  return [
    name,
    decimals(median(old), digits),
    decimals(median(ours), digits),
    decimals(median(ratiosOf(ours, old)), 2),
  ]
}
