/** Every mail in every language, of a program that does not exist: to look at, and to test. */

import type { ContactProblem, Event, EventType } from '../../events/contract.ts'
import type { Person } from '../../kernel/person.ts'
import { aboutReferral, type Desk, healthy } from '../../partners/rules.ts'
import type { Customer } from '../../program/contract.ts'
import { defaultPolicy, defaultTaxonomy } from '../../program/rules.ts'
import type { Acceptance } from '../../referrals/contract.ts'
import { type Command, decide, type Referral, receive } from '../../referrals/rules.ts'
import { after as later } from '../../time/duration.ts'
import { type Language, languages } from '../language/contract.ts'
import { mailSpeakerOf } from '../language/mails.ts'
import * as messages from './messages.ts'
import { type Rendered, renderMessage } from './render.ts'
import { type Draft, draftsOf, type Facts } from './rules.ts'

export interface Preview extends Rendered {
  /** Which mail, and in which of its forms. */
  readonly name: string
  readonly language: Language
}

/** What others may have written into a mail. */
export interface Inputs {
  readonly company: string
  readonly city: string
  readonly partnerName: string
  readonly locationName: string
  readonly personName: string
  readonly text: string
}

const ordinary: Inputs = {
  company: 'Havelland Getriebe',
  city: 'Potsdam',
  partnerName: 'Spreewerk Systeme',
  locationName: 'Berlin Mitte',
  personName: 'Sales',
  text: 'We look for an ERP for two plants with 300 people; today each has its own.',
}

const partnerId = 'ptr_01KJKJ00000000000000000000'
const rfiId = 'rfi_01KJKJ00000000000000000000'
const referralId = 'ref_01KJKJ00000000000000000000_ABCDEF'
const region = 'DE'
const receivedAt = '2026-03-01T09:00:00.000Z'
const origin = 'https://referrals.example'

const person = ({ personName }: Inputs, email: string, locale: string): Person => ({
  firstName: personName,
  lastName: 'Desk',
  email,
  locale,
})

const customerOf = (inputs: Inputs, locale: string): Customer => ({
  company: inputs.company,
  size: '51-250',
  address: { city: inputs.city, country: region },
  contact: person(inputs, 'it@customer.example', locale),
})

const deskOf = (inputs: Inputs, locale: string): Desk => {
  const contact = (email: string) => ({ ...person(inputs, email, locale), muted: false })
  return {
    partnerId,
    region,
    partnerName: inputs.partnerName,
    health: healthy(partnerId, region),
    contacts: {
      locations: [
        {
          id: 'main',
          name: inputs.locationName,
          contacts: [contact('sales@partner.example'), contact('service@partner.example')],
        },
      ],
      defaultContacts: [],
      admins: [person(inputs, 'admin@partner.example', locale)],
    },
  }
}

/** A referral, and what happened to it: each step with its event. */
class Story {
  referral: Referral
  event: Event
  constructor(inputs: Inputs, directContact: boolean) {
    const need = { summary: inputs.text, industries: [], products: ['erp'], services: [], solutions: [] }
    const received = receive(
      {
        id: referralId,
        rfiId,
        partnerId,
        profileId: `${partnerId}.${region}`,
        region,
        locationId: 'main',
        source: { channel: 'search' },
        directContact,
        customer: customerOf(inputs, 'en'),
        need: { ...need, budget: { amount: 180_000, currency: 'EUR' } },
      },
      defaultPolicy,
      { kind: 'customer' },
      receivedAt,
    )
    this.referral = received.referral
    this.event = received.event
  }

  after(command: Command, kind: Event['actor']['kind'], wait: string): this {
    const { next, events } = decide(this.referral, command, { kind }, later(receivedAt, wait))
    this.referral = next
    this.event = events.at(-1) ?? this.event
    return this
  }
}

const acceptanceOf = ({ company }: Inputs): Acceptance => ({
  name: `ERP · ${company}`,
  estimatedValue: { amount: 165_000, currency: 'EUR' },
  estimatedCloseDate: '2026-04-30',
  contacts: [],
})

type Tale = (inputs: Inputs) => Story

const accepted = (inputs: Inputs, people: number): Story => {
  const colleague = {
    id: 'con_1',
    firstName: inputs.personName,
    lastName: 'Lead',
    email: 'lead@partner.example',
    phone: '+49 30 123456',
  }
  const contacts = Array.from({ length: people }, () => colleague)
  const accept = { name: 'accept', acceptance: acceptanceOf(inputs), contacts } as const
  return new Story(inputs, false).after(accept, 'partner', 'PT5H')
}

const tales: Readonly<Record<string, Tale>> = {
  'new referral': inputs => new Story(inputs, false),
  'new referral, direct contact asked for': inputs => new Story(inputs, true),
  reminder: inputs => new Story(inputs, false).after({ name: 'remind' }, 'timer', 'P1D'),
  'accepted, with people': inputs => accepted(inputs, 2),
  'accepted, by the office': inputs => accepted(inputs, 0),
  nudge: inputs => accepted(inputs, 0).after({ name: 'nudge' }, 'timer', 'P90D'),
  'withdrawn by the customer': inputs =>
    new Story(inputs, false).after({ name: 'withdraw' }, 'customer', 'P2D'),
  'withdrawn by the operator': inputs =>
    new Story(inputs, false).after({ name: 'withdraw' }, 'operator', 'P2D'),
  declined: inputs =>
    new Story(inputs, false).after({ name: 'decline', refusal: { reason: 'budget' } }, 'partner', 'P1D'),
  expired: inputs => new Story(inputs, false).after({ name: 'expire' }, 'timer', 'P14D'),
  extended: inputs =>
    new Story(inputs, false).after({ name: 'extend', request: { reason: inputs.text } }, 'partner', 'P1D'),
  reopened: inputs =>
    new Story(inputs, false)
      .after({ name: 'expire' }, 'timer', 'P14D')
      .after({ name: 'reopen' }, 'partner', 'PT340H'),
}

const eventOf = (type: EventType, data: object, of: Pick<Event, 'subject'>): Event =>
  ({ id: 'preview', type, at: receivedAt, actor: { kind: 'customer' }, version: 1, data, ...of }) as Event

const unrouted = 'receipt, while nobody fits'

const rfiEvents: Readonly<Record<string, Event>> = {
  receipt: eventOf('rfi.received', { recipients: 2 }, { subject: { rfiId } }),
  [unrouted]: eventOf('rfi.received', { recipients: 0 }, { subject: { rfiId } }),
  'sent on': eventOf('rfi.recipients-added', { partnerIds: [partnerId] }, { subject: { rfiId } }),
}

const factsOf = (inputs: Inputs, locale: string, referral: Referral): Facts => {
  const suggestion = {
    profileId: `${partnerId}.FR`,
    partnerId,
    locationId: 'main',
    languages: ['en'],
    name: inputs.partnerName,
    city: inputs.city,
    headline: inputs.text.slice(0, 200),
  }
  return {
    now: later(receivedAt, 'PT1M'),
    policy: defaultPolicy,
    taxonomy: defaultTaxonomy,
    customer: customerOf(inputs, locale),
    trackingUrl: `${origin}/v1/pages/request?token=token`,
    addressed: [
      { partnerId, partnerName: inputs.partnerName, referral },
      { partnerId: 'ptr_2', partnerName: 'Isar Cloud', referral },
    ],
    desk: deskOf(inputs, locale),
    suggestions: [suggestion, suggestion, suggestion],
  }
}

const urls = {
  answer: (action: string) => `${origin}/v1/pages/answer?token=token-to-${action}&more=1`,
  mute: () => `${origin}/v1/pages/mute?token=token`,
}

const isLast = <T>(_: T, index: number, all: readonly T[]): boolean => index === all.length - 1

const render = (name: string, language: Language, { write }: Pick<Draft, 'write'>): Preview => ({
  name,
  language,
  ...renderMessage(write(mailSpeakerOf(language), urls), language),
})

/** A story's last event, told to each kind of reader once. */
const ofTale = (name: string, tale: Tale, inputs: Inputs, language: Language): Preview[] => {
  const { referral, event } = tale(inputs)
  const facts = factsOf(inputs, language, referral)
  const drafts = draftsOf(event, { ...facts, addressed: facts.addressed.slice(0, 1) })
  return drafts.filter(isLast).map(draft => render(name, language, draft))
}

const ofContact = (problem: ContactProblem, inputs: Inputs, language: Language): Preview[] => {
  const { referral } = new Story(inputs, false)
  const facts = factsOf(inputs, language, referral)
  const failed = { person: person(inputs, 'sales@partner.example', language), problem }
  const event = eventOf('contact.failed', { known: false }, { subject: { profile: { partnerId, region } } })
  return draftsOf(event, { ...facts, customer: null, failed }).map(draft =>
    render(`contact ${problem}`, language, draft),
  )
}

const ofDigest = (inputs: Inputs, language: Language): Preview[] => {
  const { referral } = accepted(inputs, 0)
  const { desk } = factsOf(inputs, language, referral)
  if (!desk) return []
  const { partnerName } = desk
  const footing = { name: 'Desk', role: 'contact', partnerName, region, muteUrl: urls.mute() } as const
  const about = aboutReferral(referral, { desk, taxonomy: defaultTaxonomy })
  const kinds = ['new-referral', 'reminder', 'nudge', 'withdrawn'] as const
  const entries = kinds.map(kind => ({ kind, about }))
  const write: Draft['write'] = speaker => messages.digest(speaker, { footing, entries, more: 3, limit: 10 })
  return [render('digest', language, { write })]
}

/** @param inputs what others wrote: something ordinary, unless it is given */
export const previews = (inputs: Inputs = ordinary): Preview[] =>
  languages.flatMap(language => [
    ...Object.entries(rfiEvents).flatMap(([name, event]) => {
      const known = factsOf(inputs, language, new Story(inputs, false).referral)
      const facts = name === unrouted ? { ...known, addressed: [] } : known
      return draftsOf(event, facts).map(draft => render(name, language, draft))
    }),
    ...Object.entries(tales).flatMap(([name, tale]) => ofTale(name, tale, inputs, language)),
    ...(['bounced', 'complained', 'misaddressed'] as const).flatMap(problem =>
      ofContact(problem, inputs, language),
    ),
    ...ofDigest(inputs, language),
  ])
