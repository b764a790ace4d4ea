import { describe, expect, it } from 'vitest'
import type { Event } from '../../shared/event/contract.ts'
import { mailedEvents } from '../../shared/mail/contract.ts'
import { renderMessage } from '../../shared/mail/render.ts'
import { type Facts, mailsOf } from '../../shared/mail/rules.ts'
import type { Profile } from '../../shared/profile/rules.ts'
import type { Referral } from '../../shared/referral/lifecycle.ts'
import { defaultTaxonomy } from '../../shared/taxonomy/rules.ts'
import { day, inStatus, later, received } from './referral.ts'

const contact = (name: string) => ({
  firstName: 'Desk',
  lastName: name,
  email: `${name}@partner.example`,
  locale: 'en',
})
const nasty = '<script>alert(1)</script> & "quotes" [link](javascript:x) \u202Eabc 🔥'

const { referral, event } = received(true)

const facts: Facts = {
  customer: {
    company: nasty,
    size: '51-250',
    address: { city: nasty, country: 'DE' },
    contact: { firstName: 'IT', lastName: 'Purchasing', email: 'it@customer.example', locale: 'de' },
  },
  referral: {
    ...referral,
    customer: { ...referral.customer, company: nasty },
    need: { ...referral.need, summary: nasty },
  },
  profile: {
    locations: [
      {
        id: 'main',
        name: nasty,
        address: { city: 'Berlin', country: 'DE' },
        contacts: [{ ...contact('two'), email: 'ONE@partner.example' }, contact('one'), contact('two')],
      },
      {
        id: 'branch',
        name: 'Branch',
        address: { city: 'Bonn', country: 'DE' },
        contacts: [contact('three')],
      },
    ],
  } as unknown as Profile,
  partnerNames: [nasty],
  respondBy: referral.respondBy,
  trackingUrl: 'https://referrals.example/v1/rfis/rfi_1?token=a&b=c',
  taxonomy: defaultTaxonomy,
}

const extensions = [{ at: later(day), reason: nasty, respondBy: referral.respondBy }]
const active = inStatus('active').referral
const deal = active.deal && { ...active.deal, name: nasty }

/** What is known when an event of this type comes in time. */
const factsOf = (type: Event['type']): Facts => {
  const told = { ...facts.referral, extensions } as Referral
  if (type === 'referral.expired') return { ...facts, referral: { ...told, status: 'expired' } }
  return { ...facts, referral: type === 'referral.nudge-due' ? { ...active, deal } : told }
}
const { respondBy } = referral
const data = { respondBy, estimatedCloseDate: deal?.estimatedCloseDate }
const of = (type: Event['type']): Event => ({ ...event, type, data }) as Event
const addresses = (type: Event['type'], known = factsOf(type)) =>
  mailsOf(of(type), known).map(({ to }) => to.address)

describe('who is mailed', () => {
  const toContacts = ['referral.received', 'referral.reminder-due', 'referral.nudge-due'] as const

  it.each(toContacts)('about %s: the contacts of the addressed location', type => {
    expect(addresses(type)).toEqual(['one@partner.example', 'two@partner.example'])
  })

  it.each(mailedEvents.filter(type => !(toContacts as readonly string[]).includes(type)))(
    'about %s: the customer',
    type => {
      expect(addresses(type)).toEqual(['it@customer.example'])
      expect(addresses(type, { ...factsOf(type), customer: null })).toEqual([])
    },
  )

  it('about a nudge for a date that was changed meanwhile: nobody', () => {
    const nudge = { ...of('referral.nudge-due'), data: { estimatedCloseDate: '2026-05-01' } } as Event
    expect(mailsOf(nudge, factsOf('referral.nudge-due'))).toEqual([])
  })

  it('about each extension: the customer, with its own reason and date', () => {
    const known = factsOf('referral.extended')
    const next = { at: later(2 * day), reason: 'Once more.', respondBy: later(20 * day) }
    const twice = { ...(known.referral as Referral), extensions: [...extensions, next] }
    const told = [respondBy, next.respondBy].map(respondBy => {
      const event = { ...of('referral.extended'), data: { respondBy } } as Event
      return JSON.stringify(
        mailsOf(event, { ...known, referral: twice }).map(({ message }) => message.blocks),
      )
    })
    expect(told[0]).toContain('[link]')
    expect(told[0]).not.toContain('Once more.')
    expect(told[1]).toContain('Once more.')
    expect(told[1]).toContain('March 21, 2026')
  })

  it.each([...toContacts, 'referral.extended', 'referral.expired', 'referral.reopened'] as const)(
    'about %s, when that is over: nobody',
    type => {
      expect(addresses(type, { ...facts, referral: { ...referral, status: 'withdrawn' } })).toEqual([])
    },
  )

  it('about a location that is gone meanwhile: the contacts of the others', () => {
    const moved = { ...facts, referral: { ...referral, locationId: 'moon' } }
    expect(addresses('referral.received', moved)).toEqual([
      'one@partner.example',
      'two@partner.example',
      'three@partner.example',
    ])
  })

  it('about nothing else', () => {
    for (const type of [
      'referral.accepted',
      'referral.won',
      'referral.cooled',
      'referral.withdrawn',
    ] as const)
      expect(addresses(type)).toEqual([])
  })

  it('once per event and address, however often the event comes', () => {
    const keys = mailedEvents.flatMap(type => mailsOf(of(type), facts).map(({ key }) => key))
    expect(mailsOf(of('referral.received'), facts).map(({ key }) => key)).toEqual(keys.slice(1, 3))
  })
})

describe.each(mailedEvents)('the mail about %s', type => {
  const [mail] = mailsOf(of(type), factsOf(type))
  const { subject, html, text } = renderMessage(mail?.message ?? { subject: '', blocks: [] }, 'en')

  it('escapes what others wrote', () => {
    expect(html).not.toContain('<script>')
    expect(html).toContain('&lt;script&gt;')
    expect(html).not.toMatch(/href="(?!https:)/)
  })

  it('has a subject of one line, and a plain-text twin with each link', () => {
    expect(subject).toMatch(/^[^\r\n]+$/)
    const links = [...html.matchAll(/href="([^"]*)"/g)].map(([, href = '']) => href.replaceAll('&amp;', '&'))
    for (const link of links) expect(text).toContain(link)
    expect(text).not.toMatch(/<\/?(p|a|table|blockquote)\b/)
  })

  it('leaves nothing unfilled, and no client clips it', () => {
    expect(`${subject}${html}${text}`).not.toMatch(/undefined|null|NaN|\[object|\$\{/)
    // Gmail clips at 102 KB.
    expect(Buffer.byteLength(html)).toBeLessThan(102_000)
  })
})

it('a new referral’s mail names no person of the customer', () => {
  for (const { message } of mailsOf(event, facts)) {
    const { html, text } = renderMessage(message, 'en')
    expect(html + text).not.toContain('it@customer.example')
    expect(html + text).not.toContain('Purchasing')
  }
})
