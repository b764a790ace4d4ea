/**
 * Every fault at every call: lives of referrals are lived once as they should be, and then once for each call that the
 * program makes to AWS on the way and each manner in which it can fail. Whatever failed, what remains is the same.
 */

import type { CommandContext } from '../../shared/events/command-context.ts'
import type { MailedItem } from '../../shared/events/contract.ts'
import { DomainError } from '../../shared/kernel/errors.ts'
import { logger } from '../../shared/kernel/logger.ts'
import { partnerOperations } from '../../shared/partners/partner/contract.ts'
import { createPartner } from '../../shared/partners/partner/service.ts'
import { profileOperations } from '../../shared/partners/profile/contract.ts'
import { putProfile } from '../../shared/partners/profile/put-profile.ts'
import { setActive } from '../../shared/partners/profile/set-active.ts'
import { attempt } from '../../shared/persistence/idempotency.ts'
import type { Item } from '../../shared/persistence/item.ts'
import { defaultPolicy } from '../../shared/program/policy/rules.ts'
import { putPolicy } from '../../shared/program/policy/service.ts'
import { executeCommand } from '../../shared/referrals/referral/execute-command.ts'
import { getReferral } from '../../shared/referrals/referral/get-referral.ts'
import type { Command } from '../../shared/referrals/referral/referral.ts'
import { reopenReferral } from '../../shared/referrals/referral/reopen-referral.ts'
import type { Address } from '../../shared/referrals/referral/store.ts'
import { type CreatedRfi, rfiOperations } from '../../shared/referrals/rfi/contract.ts'
import { createRfi } from '../../shared/referrals/rfi/create-rfi.ts'
import { getRfi } from '../../shared/referrals/rfi/load.ts'
import { withdrawRfi } from '../../shared/referrals/rfi/withdraw-rfi.ts'
import { sweep } from '../../shared/referrals/timer/sweep.ts'
import { profileContext } from '../fixtures/profile-context.ts'
import { anRfiBody } from '../fixtures/rfi.ts'
import { disconnect, inputOf } from './aws.ts'
import { type Fault, faults, type Made, Pipeline, type Point, type Runner } from './pipeline.ts'

const minute = 60_000
const hour = 60 * minute
const day = 24 * hour
const start = Date.parse('2026-03-01T09:00:00.500Z')

/** A life of referrals, from the customer's request until nothing is left to happen. */
type Life = (desk: Desk) => Promise<void>

/** Times are counted from the request. */
const lives: Readonly<Record<string, Life>> = {
  'nobody answers': async desk => {
    await desk.request(1)
    await desk.pass(14 * day + hour)
  },
  'more time, and then no': async desk => {
    await desk.request(1)
    await desk.pass(hour)
    await desk.answer({ name: 'extend', request: { reason: 'Our architect is back on Monday.' } })
    await desk.pass(20 * day)
    await desk.answer({ name: 'decline', request: { reason: 'budget' } })
    await desk.pass(22 * day)
  },
  'reopened, accepted, asked about and won': async desk => {
    await desk.request(1)
    await desk.pass(14 * day + hour)
    await desk.reopen()
    await desk.pass(14 * day + 2 * hour)
    const request = {
      name: 'ERP',
      estimatedValue: { amount: 1000, currency: 'EUR' },
      estimatedCloseDate: '2026-03-17',
      colleagues: [],
    }
    await desk.answer({ name: 'accept', request, colleagues: [] })
    await desk.pass(20 * day)
    await desk.answer({ name: 'win', request: { result: 'won', closedOn: '2026-03-20' } })
    await desk.pass(40 * day)
  },
  'withdrawn by the customer': async desk => {
    await desk.request(2)
    await desk.pass(hour)
    await desk.withdraw()
    await desk.pass(15 * day)
  },
  'mail comes back, and goes to the next': async desk => {
    desk.pipeline.bouncing.add('sales@partner-1.example')
    await desk.request(1)
    await desk.pass(15 * day)
  },
  'more mail than one by one': async desk => {
    await desk.request(1, { digestAbove: 0, directContact: false })
    await desk.pass(16 * hour)
    await desk.tick('send-digests')
    await desk.pass(18 * hour)
    await desk.withdraw()
    await desk.pass(2 * day)
    await desk.tick('send-digests')
  },
  'all timers are lost': async desk => {
    await desk.request(1)
    await desk.pass(hour)
    desk.pipeline.timers.schedules.clear()
    // The first reminder, the end of the urgent time, and before the expiry its timer is armed again.
    for (const due of [day, 3 * day, 14 * day - 40 * minute]) {
      await desk.pass(due + 20 * minute)
      await desk.tick('sweep-overdue')
    }
    await desk.pass(14 * day + hour)
  },
}

class Desk {
  readonly pipeline: Pipeline
  #rfi: CreatedRfi | undefined

  constructor(pipeline: Pipeline) {
    this.pipeline = pipeline
  }

  async request(
    recipients: number,
    { digestAbove = 10, directContact = true }: { digestAbove?: number; directContact?: boolean } = {},
  ): Promise<void> {
    const actor = { kind: 'operator' } as const
    await putPolicy({ ...defaultPolicy, digestAbove }, { actor, version: 1, now: new Date(start) })
    const profiles: string[] = []
    for (let number = 1; number <= recipients; number++) profiles.push(await enroll(number, recipients))
    await sweep(new Date(start))
    const asked = rfiOperations.createRfi.body.parse(anRfiBody(profiles, { directContact }))
    const sameAttempt = attempt('customer', 'the key of this request', 'createRfi', asked)
    const { body } = await this.pipeline.ask(now =>
      createRfi(asked, { attempt: sameAttempt, actor: { kind: 'customer' }, now }),
    )
    this.#rfi = body
  }

  /** Time passes until so long after the request. */
  pass(sinceRequest: number): Promise<void> {
    return this.pipeline.pass(start + sinceRequest)
  }

  answer(command: Command): Promise<void> {
    return this.#act((address, context) => executeCommand(address, command, context))
  }

  reopen(): Promise<void> {
    return this.#act(reopenReferral)
  }

  async withdraw(): Promise<void> {
    const { id } = this.#created()
    const { version } = await this.pipeline.ask(now => getRfi(id, now))
    await this.#tell(now => withdrawRfi(id, { actor: { kind: 'customer' }, version, now }))
  }

  async tick(worker: 'sweep-overdue' | 'send-digests'): Promise<void> {
    this.pipeline.tick(worker)
    await this.pipeline.pass(this.pipeline.now)
  }

  #created(): CreatedRfi {
    if (!this.#rfi) throw new Error('nobody has asked yet')
    return this.#rfi
  }

  async #act(act: (address: Address, context: CommandContext) => Promise<unknown>): Promise<void> {
    const [address] = this.#created().recipients
    if (!address) throw new Error('nobody was asked')
    const { version } = await this.pipeline.ask(now => getReferral(address, 'partner', now))
    await this.#tell(now => act(address, { actor: { kind: 'partner' }, version, now }))
  }

  /** Who asks again for what was done already may be told so. */
  async #tell(request: (now: Date) => Promise<unknown>): Promise<void> {
    try {
      await this.pipeline.ask(request)
    } catch (error) {
      if (!(error instanceof DomainError)) throw error
    }
  }
}

/** @returns the profile of a partner with so many contacts */
const enroll = async (number: number, count: number): Promise<string> => {
  const at = new Date(start)
  const admins = [{ firstName: 'Desk', lastName: 'admin', email: `admin@partner-${number}.example` }]
  const asked = partnerOperations.createPartner.body.parse({ name: `Partner ${number}`, admins })
  const { body } = await createPartner(
    asked,
    attempt('operator', `partner ${number}`, 'createPartner', asked),
    at,
  )
  const contacts = ['sales', 'desk'].slice(0, count).map(who => ({
    firstName: 'Desk',
    lastName: who,
    email: `${who}@partner-${number}.example`,
  }))
  const content = profileOperations.putProfile.body.parse({
    headline: 'We do it',
    languages: ['en'],
    locations: [{ id: 'main', name: 'Berlin', address: { city: 'Berlin', country: 'DE' }, contacts }],
    defaultContacts: [{ firstName: 'Desk', lastName: 'office', email: `office@partner-${number}.example` }],
  })
  const owner = { partnerId: body.id, region: 'DE' }
  const writing = { actor: { kind: 'partner' }, now: at } as const
  const { version } = await putProfile(owner, content, { ...writing, version: undefined }, profileContext)
  return (await setActive(owner, true, { ...writing, version })).body.id
}

interface Lived {
  readonly pipeline: Pipeline
  /** Whether nothing is left to be done: no schedule, no message, no dead letter, and nothing for the sweeper. */
  readonly isOver: boolean
  /** What remains, as text that is the same for the same. */
  readonly remains: string
  readonly mails: readonly string[]
}

const live = async (life: Life, point?: Point): Promise<Lived> => {
  const pipeline = new Pipeline(start, point)
  const desk = new Desk(pipeline)
  await life(desk)
  // Long enough for whatever comes again.
  await pipeline.pass(pipeline.now + hour)
  const mails = pipeline.mails.map(withoutIds).toSorted()
  const isOver = await hasNothingLeft(pipeline)
  return { pipeline, isOver, remains: withoutIds(JSON.stringify(await remainsOf(pipeline))), mails }
}

const hasNothingLeft = async ({ timers, deadLetters, now }: Pipeline): Promise<boolean> => {
  const found = await sweep(new Date(now))
  const left = [timers.schedules.size, timers.messages.length, deadLetters.length, ...Object.values(found)]
  return left.every(count => count === 0)
}

const remainsOf = async ({ table }: Pipeline) => {
  const items = await table.items()
  const isClaim = ({ entity }: Item) => entity === 'mail'
  const order = ({ pk, sk }: Item) => withoutIds(`${pk} ${sk}`)
  return {
    items: items
      .filter(item => !isClaim(item))
      .map(withoutHours)
      .toSorted((a, b) => (order(a) < order(b) ? -1 : 1)),
    mails: items
      .filter(isClaim)
      .map(({ sk, state, timelineItem }) => [withoutIds(sk), state, (timelineItem as MailedItem).result])
      .toSorted(),
  }
}

/** Ids are random. */
const withoutIds = (text: string): string => text.replace(/(rfi|ref|ptr)_[0-9A-Z]{26}(_[0-9A-Z]{6})?/g, '$1')

/** What came again came later; what names a mail is made of ids. */
const withoutHours = (item: Item): Item =>
  JSON.parse(
    JSON.stringify(item, (name, value) => {
      const isPassing = ['updatedAt', 'since', 'answer', 'fingerprint', 'mail', 'mailId'].includes(name)
      if (isPassing || (name === 'at' && item.entity === 'event')) return undefined
      // Ids are random, and so are the shards that they make.
      if (name === 'directoryPk' || name === 'directorySk') return undefined
      if (name === 'ttl' && item.entity === 'lesson') return undefined
      return name === 'sent' ? value.length : value
    }),
  ) as Item

export interface Swept {
  readonly life: string
  readonly runner: Runner
  readonly operation: string
  readonly fault: Fault
  readonly isRecovered: boolean
  /** How many mails went out more than once. */
  readonly repeatedMails: number
  /** Whether SES took a mail of which the record was lost: then it may go out again, as the architecture says. */
  readonly isMailGap: boolean
  /** Whether a digest was lost between its record and its sending, as the architecture says. */
  readonly isDigestLost: boolean
}

/** Lives every life with every fault at every call, one after the other. @param onLife told after each life */
export const sweepFaults = async (
  onLife: (life: string, points: number) => void = () => {},
): Promise<Swept[]> => {
  const level = logger.getLevelName()
  // The faults are meant to be.
  logger.setLogLevel('SILENT')
  try {
    const swept: Swept[] = []
    for (const name of Object.keys(lives)) {
      const ofLife = await sweepLife(name)
      onLife(name, ofLife.length)
      swept.push(...ofLife)
    }
    return swept
  } finally {
    disconnect()
    logger.setLogLevel(level)
  }
}

const sweepLife = async (name: string): Promise<Swept[]> => {
  const life = lives[name] as Life
  const healthy = await live(life)
  const swept: Swept[] = []
  for (let call = 1; call <= healthy.pipeline.made.length; call++)
    for (const fault of faults) {
      const lived = await live(life, { call, fault })
      const made = lived.pipeline.made[call - 1] as Made
      const missing = without(healthy.mails, lived.mails)
      const isDigestLost = made.runner === 'send-digests' && missing.length > 0
      swept.push({
        life: name,
        runner: made.runner,
        operation: made.call.operation,
        fault,
        isRecovered:
          lived.isOver && (isDigestLost || (lived.remains === healthy.remains && missing.length === 0)),
        repeatedMails: without(lived.mails, healthy.mails).length,
        isMailGap: isMailGap(made, fault),
        isDigestLost,
      })
    }
  return swept
}

/** What is left of a list when each of another is taken out of it once. */
const without = (list: readonly string[], others: readonly string[]): string[] => {
  const left = [...list]
  for (const other of others) if (left.includes(other)) left.splice(left.indexOf(other), 1)
  return left
}

const isMailGap = ({ runner, call }: Made, fault: Fault): boolean => {
  // A digest is sent once at most.
  if (runner !== 'send-mail') return false
  if (call.service === 'ses') return fault !== 'crash before'
  const { Item: item } = inputOf<{ Item?: Item }>(call)
  return fault === 'crash before' && item?.entity === 'mail' && item.state === 'sent'
}
