/**
 * Creates the demo through the public API: a month of history. The clock is advanced from one step to the next, so
 * that deadlines pass and mails are sent as in a real program.
 */

import { operator } from '../aws/cognito/identity.ts'
import type { Cloud } from '../runtime/cloud.ts'
import {
  type DemoPartner,
  type DemoProfile,
  type DemoRfi,
  type DemoStep,
  demoPartners,
  demoRfis,
} from './program.ts'

const dayMs = 86_400_000
/** Length of the demo's history, in milliseconds. */
export const demoHistoryMs = 30 * dayMs

interface Step {
  readonly daysAgo: number
  run(): Promise<unknown>
}

/**
 * Creates the demo in a cloud. Throws if the API refuses a request.
 * @param onProgress called with the number of finished steps and the number of all steps
 */
export const seedDemo = async (
  cloud: Cloud,
  onProgress: (done: number, all: number) => void = () => {},
): Promise<void> => {
  const now = cloud.clock.now() + demoHistoryMs
  const demo = new Demo(cloud)
  await demo.turnOffExploration()
  await demo.enroll()
  const steps = demoRfis.flatMap(rfi => demo.steps(rfi)).toSorted((a, b) => b.daysAgo - a.daysAgo)
  const simultaneous = [...Map.groupBy(steps, ({ daysAgo }) => daysAgo)]
  for (const [index, [daysAgo, group]] of simultaneous.entries()) {
    onProgress(index, simultaneous.length)
    const wait = Math.max(0, now - daysAgo * dayMs - cloud.clock.now())
    // All advances are one series, so recurring schedules fire once, at its end. Deadlines have their own schedules.
    await cloud.clock.advance(wait, now)
    await Promise.all(group.map(({ run }) => run()))
  }
  await cloud.clock.advance(Math.max(0, -cloud.clock.offset))
  onProgress(simultaneous.length, simultaneous.length)
}

class Demo {
  readonly #cloud: Cloud
  readonly #partnerIds = new Map<string, string>()
  #operator = ''

  constructor(cloud: Cloud) {
    this.#cloud = cloud
  }

  /**
   * Turns off the exploration of newcomers, so that a search returns the same order every day. All partners of the demo are
   * newcomers: a search with exploration would rank one of them first.
   */
  async turnOffExploration(): Promise<void> {
    this.#operator = await this.#token({ role: 'operator', email: operator.email })
    const path = '/v1/operator/policy'
    const { etag, body } = await this.#call('GET', path, this.#operator)
    const ranking = body.ranking as { readonly exploration: object }
    const exploration = { ...ranking.exploration, share: 0 }
    const policy = { ...body, ranking: { ...ranking, exploration } }
    await this.#call('PUT', path, this.#operator, policy, { 'if-match': etag })
  }

  /** Creates the partners, with an active profile in each of their regions. */
  async enroll(): Promise<void> {
    await Promise.all(demoPartners.map(partner => this.#enroll(partner)))
  }

  async #enroll(partner: DemoPartner): Promise<void> {
    const { slug, name, left = [], profiles } = partner
    const website = `https://${slug}.example`
    for (const address of left)
      await this.#call('POST', '/_local/mailbox/behaviour', undefined, { address, does: 'bounce' })
    const admins = [
      {
        firstName: 'Administrator',
        lastName: name,
        email: `admin@${slug}.example`,
        locale: profiles[0]?.language,
      },
    ]
    const { body } = await this.#call(
      'POST',
      '/v1/operator/partners',
      this.#operator,
      { name, website, admins },
      key(slug),
    )
    const partnerId = String(body.id)
    this.#partnerIds.set(slug, partnerId)
    for (const role of ['partner-admin', 'partner-user'] as const) {
      const email = `${role.slice('partner-'.length)}@${slug}.example`
      this.#cloud.people.set(email, {
        name: role === 'partner-admin' ? 'Administrator' : 'Member',
        role,
        email,
        partnerId,
        partner: name,
      })
    }
    const admin = await this.#member(slug)
    for (const profile of profiles) {
      const path = `/v1/profiles/${profile.region}`
      const { etag } = await this.#call('PUT', path, admin, profileContent(partner, profile))
      await this.#call('POST', `${path}/activate`, admin, undefined, { 'if-match': etag })
    }
  }

  /** The steps of an RFI: sending it, the steps of the partners, its withdrawal. */
  steps(rfi: DemoRfi): Step[] {
    const referrals = new Map<string, string>()
    let tracking = { id: '', token: '' }
    const send = async () => {
      const { body } = await this.#send(rfi)
      tracking = { id: String(body.id), token: String(body.trackingToken) }
      const recipients = body.recipients as { profileId: string; referralId: string }[]
      for (const [index, address] of Object.keys(rfi.to).entries())
        referrals.set(address, recipients[index]?.referralId ?? '')
    }
    const answers = Object.entries(rfi.to).flatMap(([address, given]) =>
      given.map(answer => ({
        daysAgo: rfi.daysAgo - answer.after,
        run: () => this.#answer(address, referrals.get(address) ?? '', answer),
      })),
    )
    const withdraw = rfi.withdrawnAfter && {
      daysAgo: rfi.daysAgo - rfi.withdrawnAfter,
      run: async () => {
        const { etag } = await this.#call('GET', `/v1/rfis/${tracking.id}`, tracking.token)
        await this.#call('POST', `/v1/rfis/${tracking.id}/withdraw`, tracking.token, undefined, {
          'if-match': etag,
        })
      },
    }
    return [{ daysAgo: rfi.daysAgo, run: send }, ...answers, ...(withdraw ? [withdraw] : [])]
  }

  #send(rfi: DemoRfi) {
    const { source } = rfi
    const request = {
      ...rfiRequest(rfi),
      recipients: Object.keys(rfi.to).map(address => this.#recipient(address)),
    }
    const idempotencyHeader = key(`rfi-${rfi.customer.company}`)
    return source
      ? this.#call('POST', '/v1/operator/rfis', this.#operator, { ...request, source }, idempotencyHeader)
      : this.#call('POST', '/v1/rfis', undefined, request, idempotencyHeader)
  }

  #recipient(address: string) {
    const [slug = '', region = ''] = address.split('.')
    const profile = demoPartners
      .find(partner => partner.slug === slug)
      ?.profiles.find(one => one.region === region)
    return {
      profileId: `${this.#partnerIds.get(slug)}.${region}`,
      locationId: slugOf(profile?.cities[0] ?? ''),
    }
  }

  async #answer(address: string, referralId: string, answer: DemoStep): Promise<void> {
    const [slug = ''] = address.split('.')
    const token = await this.#member(slug)
    const path = `/v1/referrals/${referralId}`
    const { etag, body } = await this.#call('GET', path, token)
    const [action, content] = answerRequest(answer, address, new Date(this.#cloud.clock.now()), body.deal)
    await this.#call('POST', `${path}/${action}`, token, content, { 'if-match': etag })
  }

  #member(slug: string): Promise<string> {
    const partnerId = this.#partnerIds.get(slug) ?? ''
    return this.#token({ role: 'partner-admin', partnerId, email: `admin@${slug}.example` })
  }

  async #token(member: object): Promise<string> {
    const { body } = await this.#call('POST', '/_local/token', undefined, member)
    return String(body.accessToken)
  }

  async #call(
    method: string,
    path: string,
    token?: string,
    content?: object,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<{ etag: string; body: Record<string, unknown> }> {
    const response = await fetch(this.#cloud.url + path, {
      method,
      headers: {
        ...headers,
        ...(token && { authorization: `Bearer ${token}` }),
        ...(content && { 'content-type': 'application/json' }),
      },
      ...(content && { body: JSON.stringify(content) }),
    })
    const text = await response.text()
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`)
    return { etag: response.headers.get('etag') ?? '', body: JSON.parse(text) }
  }
}

const key = (text: string) => ({ 'idempotency-key': `demo-${slugOf(text)}` })

const slugOf = (name: string): string => name.toLowerCase().replace(/[^a-z0-9]+/g, '-')

const profileContent = (
  partner: DemoPartner,
  { language, headline, region, cities }: DemoProfile,
): object => {
  const { slug, name, products, services, industries, customerSizes, keywords, preferences } = partner
  const contact = (team: string, city: string) => ({
    firstName: team,
    lastName: city,
    email: `${slugOf(team)}.${slugOf(city)}@${slug}.example`,
    locale: language,
  })
  return {
    headline,
    description: `${name} serves customers in **${cities.join(', ')}**:\n\n${bullets(keywords)}`,
    website: `https://${slug}.example`,
    languages: [...new Set([language, 'en'])],
    products,
    services,
    industries,
    customerSizes,
    keywords,
    ...(preferences && { preferences }),
    locations: cities.map(city => ({
      id: slugOf(city),
      name: `${name} ${city}`,
      address: { city, country: region },
      contacts: [contact('Sales', city), contact('Service', city)],
    })),
    defaultContacts: [contact('Office', region)],
  }
}

const bullets = (items: readonly string[]): string => items.map(one => `- ${one}`).join('\n')

const dialCodes: Readonly<Record<string, string>> = {
  AT: '43',
  CH: '41',
  CN: '86',
  DE: '49',
  FR: '33',
  GB: '44',
  NL: '31',
  US: '1',
}

/** Returns a telephone number of a country. A request for direct contact needs one. */
const phoneIn = (country: string): string => `+${dialCodes[country] ?? '49'} 555 010 0199`

const rfiRequest = ({ customer, summary, products, budget, directContact }: DemoRfi): object => {
  const { company, size, city, country, locale } = customer
  const domain = `${slugOf(company)}.example`
  return {
    customer: {
      company,
      size,
      address: { city, country },
      contact: {
        firstName: 'IT',
        lastName: 'Purchasing',
        email: `purchasing@${domain}`,
        phone: phoneIn(country),
        locale,
      },
    },
    need: { summary, products, ...(budget && { budget }) },
    directContact: directContact ?? false,
    consent: { contact: true, share: true },
  }
}

const answerRequest = (
  answer: DemoStep,
  address: string,
  now: Date,
  deal: unknown,
): [action: string, content?: object] => {
  if (answer.does === 'reopen') return ['reopen']
  if (answer.does === 'extend') return ['extend', { reason: answer.reason }]
  const { estimatedValue } = (deal ?? {}) as { estimatedValue?: object }
  if (answer.does === 'win') return ['close', { result: 'won', value: estimatedValue }]
  if (answer.does === 'lose') return ['close', { result: 'lost', reason: 'competitor' }]
  if (answer.does === 'decline') return ['decline', { reason: answer.reason }]
  const currency = currencyOf[address.split('.')[1] ?? ''] ?? 'EUR'
  const estimatedCloseDate = new Date(now.getTime() + 60 * dayMs).toISOString().slice(0, 10)
  return [
    'accept',
    { name: answer.deal, estimatedValue: { amount: answer.amount, currency }, estimatedCloseDate },
  ]
}

const currencyOf: Readonly<Record<string, string>> = { GB: 'GBP', US: 'USD', CH: 'CHF', CN: 'CNY' }
