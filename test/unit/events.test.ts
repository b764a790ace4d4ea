/** Events are written with strict schemas and read with tolerant ones. */
import { describe, expect, it, vi } from 'vitest'
import { type Event, type EventType, eventTypes, lacksRequest } from '../../shared/events/contract.ts'
import { appendEvent, readDelivery, readEvent, readTimelineItem } from '../../shared/events/store.ts'
import { checkEvent } from '../../shared/events/stored.ts'
import { asPartnerId, asReferralId } from '../../shared/kernel/ids.ts'
import { logger } from '../../shared/kernel/logger.ts'
import type { Instant } from '../../shared/time/instant.ts'
import { received } from '../fixtures/referral.ts'

const at: Instant = '2026-03-01T08:00:00.000Z'
const money = { amount: 1000, currency: 'EUR' }
const tags = { industries: ['retail'], products: ['crm'], services: [], solutions: [] }
const request = { receivedAt: at, tags }

/** Example data for each event type. */
const data: { readonly [T in EventType]: Event<T>['data'] } = {
  'rfi.received': { recipients: 2 },
  'rfi.recipients-added': { partnerIds: [asPartnerId('ptr_1')] },
  'rfi.withdrawn': {},
  'rfi.customer-unreachable': { referrals: [{ referralId: asReferralId('ref_1'), version: 3 }] },
  'rfi.address-corrected': { referrals: [] },
  'rfi.chosen': { outcome: 'partner', referralId: asReferralId('ref_1') },
  'rfi.reopened': { referralIds: [asReferralId('ref_1')] },
  'referral.received': { channel: 'search', respondBy: at, urgentUntil: null },
  'referral.accepted': {
    estimatedValue: money,
    estimatedCloseDate: '2026-06-01',
    estimated: 'given',
    ...request,
  },
  'referral.declined': { reason: 'no-capacity', neutral: false, ...request },
  'referral.expired': { respondBy: at, neutral: false },
  'referral.extended': { respondBy: at, previously: at },
  'referral.reopened': { respondBy: at, expiredAt: at, neutral: false },
  'referral.cooled': { urgentUntil: at },
  'referral.reminder-due': { due: [at], respondBy: at, number: 1 },
  'referral.nudge-due': { estimatedCloseDate: '2026-06-01' },
  'referral.deal-edited': { changed: ['notes'] },
  'referral.contact-added': { contactId: 'con_1' },
  'referral.contact-removed': { contactId: 'con_1' },
  'referral.won': { value: money, closedOn: '2026-06-01', takenBack: false, ...request },
  'referral.lost': { reason: 'competitor', value: null, closedOn: '2026-06-01', ...request },
  'referral.withdrawn': { accepted: true, ...request },
  'referral.superseded': {},
  'referral.choice-noted': { choice: 'other', win: 'taken-back', wonAt: at, ...request },
  'referral.reinstated': { respondBy: at },
  'referral.contact-shown': {},
  'referral.answer-undone': {
    undone: 'declined',
    answeredAt: at,
    reason: 'no-capacity',
    neutral: false,
    takenBack: false,
    ...request,
  },
  'referral.win-denied': { wonAt: at, takenBack: false, ...request },
  'referral.resumed': {},
  'referral.win-confirmed': { wonAt: at, ...request },
  'partner.created': {},
  'partner.renamed': {},
  'contact.failed': {
    problem: 'bounced',
    contact: 'digest',
    known: false,
    mail: 'mail',
    missed: [{ referralId: asReferralId('ref_1'), version: 1 }],
  },
}

const { referral, rfiId } = received().event.subject
const profile = { partnerId: asPartnerId('ptr_1'), region: 'DE' }

/** Subjects by the first part of the event type. */
const subjects: Readonly<Record<string, Event['subject']>> = {
  rfi: { rfiId },
  referral: { rfiId, referral },
  contact: { profile },
  partner: { partner: { id: asPartnerId('ptr_1') } },
}
const subjectOf = (type: EventType): Event['subject'] => subjects[type.split('.')[0] ?? ''] ?? {}

const eventOf = (type: EventType): Event =>
  ({ ...received().event, type, subject: subjectOf(type), data: data[type] }) as Event
const append = (event: object) => appendEvent('p', 's', event as Event)
const stored = (event: object) => ({ pk: 'p', sk: 's', event })
const read = (event: object) => readEvent(stored(event))

describe('an event', () => {
  it.each(eventTypes)('%s is read back unchanged', type => {
    const event = eventOf(type)
    expect(readEvent(append(event).put)).toEqual(event)
    expect(readDelivery({ source: 'referral-center', detail: event })).toEqual(event)
  })

  it.each(eventTypes)('%s is not written with a field that the catalogue does not declare', type => {
    const event = eventOf(type)
    expect(() => append({ ...event, newField: 1 })).toThrow('cannot be read')
    expect(() => append({ ...event, actor: { ...event.actor, name: 'Ada' } })).toThrow('actor')
    expect(() => append({ ...event, data: { ...event.data, newField: 1 } })).toThrow('unrecognized_keys')
  })

  it.each(eventTypes.filter(type => Object.keys(data[type]).length > 0))(
    '%s is not written without one of its fields',
    type => {
      const event = eventOf(type)
      for (const field of Object.keys(event.data))
        expect(() => append({ ...event, data: { ...event.data, [field]: undefined } })).toThrow(field)
    },
  )

  it.each(eventTypes)('%s is neither written nor read without a part of its subject', type => {
    const event = eventOf(type)
    const parts = Object.keys(event.subject)
    expect(parts).not.toEqual([])
    for (const part of parts) {
      const incomplete = { ...event, subject: { ...event.subject, [part]: undefined } }
      const fault = `of type ${type} cannot be read: subject.${part}: invalid_type`
      expect(() => append(incomplete)).toThrow(fault)
      expect(() => read(incomplete)).toThrow(fault)
      expect(() => readDelivery({ detail: incomplete })).toThrow(fault)
      expect(() => checkEvent(incomplete)).toThrow(fault)
    }
  })

  it.each(eventTypes)('%s is read without the fields that a newer version added', type => {
    const event = eventOf(type)
    const newer = {
      ...event,
      newField: 1,
      actor: { ...event.actor, via: 'api' },
      subject: { ...event.subject, newField: 1 },
      data: { ...event.data, newField: 1 },
    }
    expect(read(newer)).toEqual(event)
    expect(JSON.stringify(readTimelineItem(stored(newer)))).not.toContain('newField')
  })

  it('with invalid data of a known type is rejected; the error contains field names but no values', () => {
    const wrong = { ...eventOf('referral.declined'), data: { reason: { said: 'Call Ada' } } }
    expect(() => read(wrong)).toThrow(
      /^the event ref_\w+\.1 of type referral.declined cannot be read: data.reason: invalid_type$/,
    )
    for (const content of [undefined, null, 'text', {}, { type: 'referral.won' }])
      expect(() => readEvent({ pk: 'p', sk: 's', event: content })).toThrow('cannot be read')
  })

  it('is skipped if its type is unknown, and the type is logged once', () => {
    const warn = vi.spyOn(logger, 'warn').mockImplementation(() => {})
    const unknown = { ...eventOf('rfi.withdrawn'), type: 'rfi.superseded', data: { by: 1 } }
    expect(read(unknown)).toBeUndefined()
    expect(readDelivery({ detail: unknown })).toBeUndefined()
    expect(warn.mock.calls).toEqual([[expect.anything(), { type: 'rfi.superseded' }]])
    warn.mockRestore()
  })

  it.each([
    ['no other field', {}],
    ['no data', { ...eventOf('rfi.withdrawn'), data: undefined }],
    ['data of another type', { ...eventOf('rfi.withdrawn'), data: 'text' }],
    ['an actor that only a newer version knows', { ...eventOf('rfi.withdrawn'), actor: { kind: 'broker' } }],
    ['a version that is not a number', { ...eventOf('rfi.withdrawn'), version: '1', at: 5, id: null }],
  ])('of an unknown type is skipped with %s', (_, content) => {
    vi.spyOn(logger, 'warn').mockImplementation(() => {})
    const unknown = { ...content, type: 'rfi.superseded' }
    expect(read(unknown)).toBeUndefined()
    expect(readDelivery({ detail: unknown })).toBeUndefined()
    expect(checkEvent(unknown)).toEqual(unknown)
  })

  it.each([
    ['not a string', 1],
    ['empty', ''],
    ['longer than 128 characters', 'x'.repeat(129)],
  ])('is not published if its type is %s', (_, type) => {
    expect(() => checkEvent({ ...eventOf('rfi.withdrawn'), type })).toThrow('type: invalid_')
  })
})

describe('a timeline', () => {
  it('omits events that cannot be read or have an unknown type', () => {
    vi.spyOn(logger, 'error').mockImplementation(() => {})
    const event = eventOf('referral.declined')
    expect(readTimelineItem(stored({ ...event, data: {} }))).toBeUndefined()
    expect(readTimelineItem(stored({ ...event, type: 'referral.unheard-of' }))).toBeUndefined()
  })

  it('omits the facts about the request that events contain for reputation', () => {
    expect(readTimelineItem(stored(eventOf('referral.declined')))).toMatchObject({
      type: 'referral.declined',
      data: { reason: 'no-capacity' },
    })
    expect(JSON.stringify(readTimelineItem(stored(eventOf('referral.won'))))).not.toContain('tags')
  })
})

describe('an event of an early version', () => {
  it.each([
    'referral.accepted',
    'referral.declined',
    'referral.won',
    'referral.lost',
    'referral.withdrawn',
  ] as const)('%s is read without the facts about the request', type => {
    const event = eventOf(type)
    const { receivedAt, tags, ...first } = event.data as Record<string, unknown>
    expect(lacksRequest(event)).toBe(false)
    const found = read({ ...event, data: first })
    expect(found).toEqual({ ...event, data: first })
    expect(found && lacksRequest(found)).toBe(true)
  })

  it('is read with a currency that was withdrawn later', () => {
    const event = eventOf('referral.accepted')
    const withdrawn = { ...event.data, estimatedValue: { amount: 1000, currency: 'BGN' } }
    expect(read({ ...event, data: withdrawn })?.data).toEqual(withdrawn)
  })

  it('contact.failed is read with at most one missed event', () => {
    const { known, missed, ...first } = data['contact.failed']
    const [about] = missed
    const event = eventOf('contact.failed')
    expect(read({ ...event, data: { ...first, about } })).toEqual(event)
    expect(read({ ...event, data: { ...first, about: null } })?.data).toMatchObject({ missed: [] })
  })
})
