/** What each HTTP operation asks of DynamoDB: sequential round trips, calls and capacity units. */
import { allOperations } from '../shared/api/contract.ts'
import type { Operation } from '../shared/platform/contract.ts'
import { type CallKind, type Meter, type MeteredCall, sequentialTrips } from './meter.ts'
import { type Program, sendRfi } from './program.ts'
import { type Table, verdict } from './report.ts'
import { recipients, scenariosOf } from './scenarios.ts'

const functionOf = ({ audience }: Operation): string => (audience === 'reader' ? 'pages' : `${audience}-api`)

/** How many calls of each kind an operation may make at most; none of a kind that is not named. */
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
  /** In the order in which they were answered. */
  readonly calls: string
  readonly readUnits: number
  readonly writeUnits: number
  readonly withinBudget?: boolean
}

/** How full the lists are that are measured. */
const pageSize = 25

/** How many partners the program needs to have. */
export const partnersNeeded = pageSize

/**
 * Measures every operation of the API once, on a program with a full first page in each list.
 * @param program without any referral yet
 */
export async function measureOperations(program: Program, meter: Meter): Promise<OperationFigures[]> {
  for (let number = 0; number < pageSize; number++) await sendRfi(program, recipients)
  const scenarios = scenariosOf(program)
  const figures: OperationFigures[] = []
  for (const operation of allOperations) {
    const scenario = scenarios[operation.id]
    if (!scenario) throw new Error(`the bench has no scenario for ${operation.id}`)
    const input = await scenario()
    await program.cloud.clock.settled()
    meter.take()
    await program.client.call(operation, input)
    const calls = meter.take().filter(({ by }) => by === functionOf(operation))
    figures.push(figuresOf(operation.id, calls))
  }
  return figures
}

function figuresOf(operation: string, calls: readonly MeteredCall[]): OperationFigures {
  const budget = budgets[operation]
  return {
    operation,
    trips: sequentialTrips(calls),
    calls: calls.map(call => call.operation).join(', '),
    readUnits: calls.reduce((sum, call) => sum + call.readUnits, 0),
    writeUnits: calls.reduce((sum, call) => sum + call.writeUnits, 0),
    ...(budget && { withinBudget: keeps(budget, calls) }),
  }
}

const keeps = (budget: Budget, calls: readonly MeteredCall[]): boolean =>
  calls.every(({ kind }) => calls.filter(call => call.kind === kind).length <= (budget[kind] ?? 0))

export function operationsTable(figures: readonly OperationFigures[]): Table {
  return {
    title: 'Operations: what each asks of DynamoDB',
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
        'Round trips are sequential: calls that overlap in time are one. ' +
        'An RFI is sent on to one more; a profile has one contact with a warning. ' +
        'Budgets: accept, decline and extend one read and one transaction, a list and the alert one query, get one read.',
    ],
  }
}

export const isWithinBudget = (figures: readonly OperationFigures[]): boolean =>
  figures.every(({ withinBudget = true }) => withinBudget)
