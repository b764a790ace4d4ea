/** DynamoDB usage of each HTTP operation: sequential round trips, calls and capacity units. */
import { allOperations } from '../shared/api/contract.ts'
import { directoryOperations } from '../shared/discovery/directory/contract.ts'
import type { Operation } from '../shared/kernel/operation.ts'
import { rfiOperations } from '../shared/referrals/rfi/contract.ts'
import { type CallKind, type Meter, type MeteredCall, sequentialTrips } from './meter.ts'
import { type Program, sendRfi } from './program.ts'
import type { Report } from './progress.ts'
import { type Table, verdict } from './report.ts'
import { bodyWithoutRecipients, directoryQuery, recipients, scenariosOf, stalenessMs } from './scenarios.ts'

const functionOf = ({ audience }: Operation): string => (audience === 'reader' ? 'pages' : `${audience}-api`)

/** Maximum number of calls by kind. Kinds that are not listed are not allowed. */
type Budget = Readonly<Partial<Record<CallKind, number>>>

const budgets: Readonly<Record<string, Budget>> = {
  acceptReferral: { read: 1, transaction: 1 },
  declineReferral: { read: 1, transaction: 1 },
  extendReferral: { read: 1, transaction: 1 },
  listReferrals: { query: 1 },
  getAlert: { query: 1 },
  getReferral: { read: 1 },
}

export interface OperationFigures {
  readonly operation: string
  readonly trips: number
  /** Calls in the order of their responses. */
  readonly calls: string
  readonly readUnits: number
  readonly writeUnits: number
  readonly withinBudget?: boolean
}

/** Number of entries in the measured lists. */
const pageSize = 25

/** Number of partners that the program needs. */
export const partnersNeeded = pageSize

/**
 * Measures every operation of the API once, with a full first page in each list.
 * @param program without referrals
 */
export const measureOperations = async (
  program: Program,
  meter: Meter,
  report: Report,
): Promise<OperationFigures[]> => {
  for (let number = 0; number < pageSize; number++) await sendRfi(program, recipients)
  report(`${pageSize} RFIs sent`)
  const scenarios = scenariosOf(program)
  const figures: OperationFigures[] = []
  for (const operation of allOperations) {
    const scenario = scenarios[operation.id as keyof typeof scenarios]
    const input = await scenario()
    await program.cloud.clock.settled()
    meter.take()
    await program.client.call(operation, input)
    const calls = meter.take().filter(({ by }) => by === functionOf(operation))
    figures.push(figuresOf(operation.id, calls))
    if (figures.length % 10 === 0) report(`${figures.length} of ${allOperations.length} operations`)
  }
  for (const [name, { by, before, call }] of Object.entries(inMemory(program))) {
    await before?.()
    await program.cloud.clock.settled()
    meter.take()
    await call()
    await program.cloud.clock.settled()
    figures.push(
      figuresOf(
        name,
        meter.take().filter(made => made.by === by),
      ),
    )
  }
  return figures
}

interface Case {
  readonly by: string
  readonly before?: () => Promise<unknown>
  readonly call: () => Promise<unknown>
}

/** Cases that depend on the directory in memory, and the work of a worker after a response. */
const inMemory = (program: Program): Record<string, Case> => {
  const { client, cloud, operator: token } = program
  const search = () => client.call(directoryOperations.searchDirectory, { query: directoryQuery })
  const outdateDirectory = () => cloud.clock.advance(stalenessMs)
  const route = () =>
    client.call(rfiOperations.createRfiByOperator, { token, body: bodyWithoutRecipients(program) })
  return {
    'searchDirectory, directory older than ten seconds': {
      by: 'customer-api',
      before: async () => {
        await search()
        await outdateDirectory()
      },
      call: search,
    },
    'searchDirectory, warm': { by: 'customer-api', call: search },
    'createRfiByOperator without recipients, warm': { by: 'operator-api', before: route, call: route },
    'update-reputation for three recipients of an RFI': {
      by: 'update-reputation',
      call: () => sendRfi(program, recipients),
    },
    'update-lookup for three recipients of an RFI': {
      by: 'update-lookup',
      call: () => sendRfi(program, recipients),
    },
  }
}

const figuresOf = (operation: string, calls: readonly MeteredCall[]): OperationFigures => {
  const budget = budgets[operation]
  return {
    operation,
    trips: sequentialTrips(calls),
    calls: calls.map(call => call.operation).join(', '),
    readUnits: calls.reduce((sum, call) => sum + call.readUnits, 0),
    writeUnits: calls.reduce((sum, call) => sum + call.writeUnits, 0),
    ...(budget && { withinBudget: isWithin(budget, calls) }),
  }
}

const isWithin = (budget: Budget, calls: readonly MeteredCall[]): boolean =>
  calls.every(({ kind }) => calls.filter(call => call.kind === kind).length <= (budget[kind] ?? 0))

export const operationsTable = (figures: readonly OperationFigures[]): Table => ({
  title: 'Operations: usage of DynamoDB',
  columns: ['operation', 'round trips', 'calls', 'read units', 'write units', 'within budget'],
  rows: figures.map(({ operation, trips, calls, readUnits, writeUnits, withinBudget }) => [
    operation,
    String(trips),
    calls || '–',
    String(readUnits),
    String(writeUnits),
    withinBudget === undefined ? '' : verdict(withinBudget),
  ]),
  notes: [
    `Measured on RFIs to ${recipients} partners and on lists with a full page of ${pageSize}. ` +
      'Round trips are sequential: calls that overlap in time count as one. ' +
      'An RFI is sent on to one partner; a profile has one contact with a warning. ' +
      'Budgets: accept, decline and extend one read and one transaction, a list and the alert one query, get one read.',
  ],
})

export const isWithinBudget = (figures: readonly OperationFigures[]): boolean =>
  figures.every(({ withinBudget = true }) => withinBudget)
