/** The main figures with their budgets. */
import { budgets, classOf, type FunctionClass } from './budgets.ts'
import { lateness } from './deadlines.ts'
import { recovery } from './fault-sweep.ts'
import { listsTable } from './lists.ts'
import { loadText, minWorkers, targetMs, waitingText } from './mail.ts'
import { largestOfAll, largestUsual, maxMailBytes } from './mail-size.ts'
import { decimals, kilobytes, type Table } from './report.ts'
import type { Results } from './results.ts'
import { minSpeedUp, relevanceText, searchText } from './search.ts'

export const summaryTable = (results: Results): Table => {
  const { cores, node } = results.timed.machine
  return {
    title: 'Figures',
    columns: ['figure', 'measured', 'budget'],
    rows: [
      ...bundleRows(results),
      ...operationRows(results),
      ...listRows(results),
      ...pipelineRows(results),
      ...mailRows(results),
      ...searchRows(results),
      ...deadlineRows(results),
      ['Recovery from a fault at each call to AWS', recovery(results.faults), 'all'],
      ...costRows(results),
    ],
    notes: [
      `Times were measured in the local cloud on ${cores} cores with Node.js ${node}; the hand-over of mails with a table in memory and assumed latencies of AWS. Everything else is the same on every machine.`,
    ],
  }
}

const range = (values: readonly number[], digits: number): string => {
  const [least, most] = [Math.min(...values), Math.max(...values)].map(value => decimals(value, digits))
  return least === most ? `${least}` : `${least} to ${most}`
}

const classNames: Readonly<Record<FunctionClass, string>> = {
  api: 'API function',
  site: 'Page function',
  document: 'OpenAPI function',
  worker: 'Worker',
}

const bundleRows = (results: Results): string[][] =>
  (Object.keys(classNames) as FunctionClass[]).flatMap(name => [
    sizeRow(results, name),
    ...(budgets[name].initTimesFloor ? [initRow(results, name)] : []),
  ])

const sizeRow = ({ bundles }: Results, name: FunctionClass): string[] => {
  const some = bundles.functions.filter(bundle => classOf(bundle.name) === name)
  const kilobytesOf = some.map(({ bytes }) => bytes / 1000)
  const times = some.map(({ timesFloor }) => timesFloor)
  return [
    `${classNames[name]}, size`,
    `${range(kilobytesOf, 0)} KB (${range(times, 2)} × a bare DynamoDB client)`,
    `${kilobytes(budgets[name].bytes)} KB`,
  ]
}

const initRow = ({ bundles, timed }: Results, name: FunctionClass): string[] => {
  const names = bundles.functions.map(bundle => bundle.name).filter(bundle => classOf(bundle) === name)
  const some = timed.initTimes.filter(time => names.includes(time.name))
  const ms = some.map(time => time.ms)
  const times = some.map(({ timesFloor }) => timesFloor)
  return [
    `${classNames[name]}, init`,
    `${range(ms, 0)} ms (${range(times, 2)} × a bare DynamoDB client)`,
    `${budgets[name].initTimesFloor} ×`,
  ]
}

const summarizedOperations: Readonly<Record<string, { readonly title: string; readonly budget: string }>> = {
  listReferrals: { title: 'List 25 referrals', budget: 'one query' },
  getReferral: { title: 'Get a referral', budget: 'one round trip' },
  acceptReferral: { title: 'Accept', budget: 'one read, one transaction' },
  declineReferral: { title: 'Decline', budget: 'one read, one transaction' },
  extendReferral: { title: 'Extend', budget: 'one read, one transaction' },
  getAlert: { title: 'List and count hot referrals', budget: 'one query' },
  createRfi: { title: 'Send an RFI to 3 partners', budget: '' },
  addRecipients: { title: 'Send it on to one more partner', budget: '' },
  getAnswerPage: { title: 'Show the page of a link in a mail', budget: '' },
  postAnswer: { title: 'Accept on this page', budget: '' },
}

const operationRows = ({ operations }: Results): string[][] =>
  Object.entries(summarizedOperations).map(([id, { title, budget }]) => {
    const {
      calls = '',
      readUnits = 0,
      writeUnits = 0,
    } = operations.find(({ operation }) => operation === id) ?? {}
    const units = [readUnits && `${readUnits} read`, writeUnits && `${writeUnits} write`].filter(Boolean)
    return [title, `${calls} (${units.join(', ')} units)`, budget]
  })

const listRows = ({ lists }: Results): string[][] => {
  const won = lists.filter(({ list, query }) => list === 'stage' && query === 'status=won')
  const units = won.map(({ firstPage, rows }) => `${firstPage} of ${rows.toLocaleString('en')}`)
  return [['List 25 won referrals, read units', units.join(', '), 'the same']]
}

const pipelineRows = ({ timed }: Results): string[][] =>
  timed.pipeline.map(({ load, rfisPerSecond, mailMs }) => [
    `Pipeline, ${load}`,
    `${decimals(rfisPerSecond, 1)} RFIs/s; answer to mail p50 ${decimals(mailMs.p50, 0)} ms, p95 ${decimals(mailMs.p95, 0)} ms`,
    '',
  ])

const mailRows = ({ mailSizes, timed: { mail } }: Results): string[][] => {
  const least = minWorkers(mail)
  const [usual, most] = [largestUsual(mailSizes), largestOfAll(mailSizes)]
  const rates = mail.perWorker.map(
    ({ latency, mailsPerSecond }) =>
      `${decimals(mailsPerSecond, 0)} ${latency.ses > 0 ? 'with the latency of AWS' : 'without latency'}`,
  )
  return [
    [
      `Time from event to hand-over of its mail to SES, ${loadText}`,
      least
        ? `${waitingText(least.ours)} with ${least.workers} workers (SES calls alone: ${waitingText(least.floor)})`
        : 'not reached with any number of workers that was tried',
      `p95 below ${targetMs} ms`,
    ],
    ['Mails a second of one worker', rates.join(', '), ''],
    [
      'Largest mail, HTML',
      `${decimals((usual.bytes ?? 0) / 1000, 1)} KB typical (${usual.mail}), ${decimals(most.longest.bytes / 1000, 1)} KB longest (${most.mail})`,
      `${kilobytes(maxMailBytes)} KB`,
    ],
  ]
}

const searchRows = ({ relevance, timed }: Results): string[][] => [
  ['Search among 100,000 partners', searchText(timed.search), `${minSpeedUp} times`],
  ['Relevance of searches, nDCG@10', relevanceText(relevance), 'the best'],
]

const deadlineRows = ({ timed: { deadlines } }: Results): string[][] => {
  const rate = ({ perSecond, floorPerSecond }: (typeof deadlines)['arming']) =>
    `${decimals(perSecond, 0)} (${decimals(perSecond / floorPerSecond, 2)} × Scheduler calls alone)`
  return [
    ['Schedules created, deleted per second', `${rate(deadlines.arming)}, ${rate(deadlines.disarming)}`, ''],
    ...deadlines.expiry.map(figures => [
      `${figures.referrals} expiries due within ${figures.withinMs / 1000} s`,
      `late by ${lateness(figures)}`,
      '',
    ]),
  ]
}

const costRows = ({ life }: Results): string[][] => [
  ['Cost of 1,000 referrals, from RFI to archive', `${decimals(life.usdPerThousandReferrals, 2)} USD`, ''],
  ['of which mails', `${decimals(life.mails.usdPerThousandReferrals, 3)} USD`, ''],
  ['of which deadlines', `${decimals(life.deadlines.usdPerThousandReferrals, 3)} USD`, ''],
]

/** Returns the table of the read units of all lists. */
export const listUnitsTable = ({ lists }: Results): Table => listsTable(lists)
