/** A contact of a partner who has only a mailbox: from the alert to the end of the deal by the links in mails. */
import { describe, expect, it } from 'vitest'
import type { TimelineItem } from '../../shared/events/contract.ts'
import { rfiOperations } from '../../shared/referrals/rfi/contract.ts'
import { english, textIn } from '../fixtures/texts.ts'
import { call } from './client.ts'
import {
  advance,
  allMailsTo,
  enroll,
  get,
  getPage,
  linkIn,
  linksIn,
  type Mail,
  type Partner,
  type Person,
  personNamed,
  postForm,
  type RfiOptions,
  redirectOf,
  referralOf,
  sendRfi,
  settle,
  signedIn,
  submit,
  timelineOf,
  timelineTypes,
  unique,
  type WebPage,
} from './program.ts'

interface Received {
  readonly partner: Partner
  readonly referralId: string
  readonly contacts: readonly Person[]
  readonly customer: string
}

/** Sends a request to new partners with these contacts, and waits for their mails. */
const receive = async (
  contacts: readonly (readonly Person[])[] = [[personNamed('Ann')]],
  options: RfiOptions = {},
) => {
  const customer = `buyer-${unique()}@customer.example`
  const partners = await Promise.all(contacts.map(main => enroll(undefined, 'DE', { main })))
  const rfi = await sendRfi(partners, { email: customer, ...options })
  await settle()
  const received = partners.map(
    (partner, index): Received => ({
      partner,
      referralId: referralOf(rfi, partner),
      contacts: contacts[index] ?? [],
      customer,
    }),
  )
  const [first] = received
  if (!first) throw new Error('no partner, expected at least one')
  return { rfi, received, first }
}

/** Returns the URL of an answer in the last mail to a contact that has a link for it. */
const answerUrl = async (
  { contacts }: Received,
  action: Parameters<typeof english>[0] & `action.${string}`,
  index = 0,
): Promise<string> => {
  const mails = await allMailsTo(contacts[index]?.email ?? '')
  const label = english(action)
  const mail = mails.findLast((one: Mail) => linksIn(one).some(link => link.label === label))
  return linkIn(mail, label)
}

/** Opens an answer of the last mail and sends its form. */
const give = async (
  received: Received,
  action: Parameters<typeof answerUrl>[1],
  input: Record<string, string> = {},
): Promise<WebPage> => submit(await getPage(await answerUrl(received, action)), input)

const statusOf = async ({ partner, referralId }: Received) =>
  (await get(await signedIn(partner), referralId)).body.status

const referralIn = async ({ partner, referralId }: Received) =>
  (await get(await signedIn(partner), referralId)).body

const typesOf = async ({ partner, referralId }: Received) =>
  timelineTypes(await signedIn(partner), referralId)

const isMailed = (item: TimelineItem): boolean =>
  item.type !== 'mail' && item.actor.kind === 'partner' && 'mail' in item.actor

/** Returns the hidden field of a form with one button. */
const purpose = (name: 'show-contact' | 'undo') => ({ do: name })

const titleOf = (status: string) => english('answer.state', { status, company: 'Havelland Getriebe' })

describe('a contact who has only a mailbox', () => {
  it('takes a referral from the alert to won, and knows whom to call', async () => {
    const { first } = await receive()
    const { partner, referralId, customer } = first
    const form = await getPage(await answerUrl(first, 'action.accept'))
    expect(form.html).not.toContain(customer)

    const shown = await submit(form, {}, english('contact.show'))
    expect(shown.text).toContain('IT Purchasing')
    const ways = linksIn(shown).map(({ href }) => href)
    expect(ways.filter(href => !href.startsWith('?'))).toEqual(['tel:+49331000000', `mailto:${customer}`])
    expect(shown.forms.map(({ button }) => button)).toEqual(['Accept'])

    const accepted = await submit(shown)
    expect(accepted.text).toContain(titleOf('active'))
    expect(accepted.text).toContain(customer)
    expect(await referralIn(first)).toMatchObject({ status: 'active', deal: { estimated: 'default' } })

    await advance('P92D')
    const kept = await give(first, 'action.still-open')
    const { deal } = await referralIn(first)
    expect(kept.text).toContain(`The estimated close date is`)
    expect(deal?.estimatedCloseDate).toBeDefined()

    await advance('P32D')
    const moved = await give(first, 'action.reschedule')
    expect(moved.text).toContain('The estimated close date is')
    expect((await referralIn(first)).deal?.estimatedCloseDate).not.toBe(deal?.estimatedCloseDate)

    // A moved date does not make the suggested value one of the partner.
    expect((await referralIn(first)).deal?.estimated).toBe('default')

    await advance('P32D')
    const won = await give(first, 'action.win', { amount: '48 000,50' })
    expect(won.text).toContain(titleOf('won'))
    expect(won.forms.map(({ button }) => button)).toEqual([english('answer.undo')])
    expect((await referralIn(first)).outcome).toMatchObject({
      result: 'won',
      value: { amount: 48_000.5, currency: 'EUR' },
    })
    expect((await typesOf(first)).filter(type => !/reminder|nudge/.test(type))).toEqual([
      'referral.received',
      'referral.contact-shown',
      'referral.accepted',
      'referral.deal-edited',
      'referral.deal-edited',
      'referral.won',
    ])
    const items = await timelineOf(await signedIn(partner), referralId)
    expect(items.filter(isMailed)).toHaveLength(5)
  })

  it('is the person whom the customer can call after the acceptance', async () => {
    const { rfi, first } = await receive([[personNamed('Ann'), personNamed('Bob')]])
    await submit(await getPage(await answerUrl(first, 'action.accept', 1)))
    const { body } = await call(rfiOperations.getRfi, {
      token: rfi.trackingToken,
      params: { rfiId: rfi.id },
    })
    expect(body.recipients.map(({ contacts }) => contacts)).toEqual([
      [expect.objectContaining({ name: 'Bob Person', email: first.contacts[1]?.email })],
    ])
  })

  it('reports a loss with its reason', async () => {
    const { first } = await receive()
    await give(first, 'action.accept')
    await advance('P92D')
    const wrong = await give(first, 'action.lose')
    expect([wrong.status, wrong.text]).toEqual([400, expect.stringContaining(english('error.reason'))])
    const lost = await submit(wrong, { reason: 'budget', notes: 'Too dear.' })
    expect(lost.text).toContain(titleOf('lost'))
    expect((await referralIn(first)).outcome).toMatchObject({ reason: 'budget', notes: 'Too dear.' })
  })

  it('keeps a close date that is later than the one that “still open” would set', async () => {
    const { first } = await receive()
    await give(first, 'action.accept')
    await advance('P92D')
    const later = await give(first, 'action.reschedule', { estimatedCloseDate: '2098-12-31' })
    expect(later.text).toContain(english('answer.reschedule.done', { date: 'December 31, 2098' }))
    const before = await typesOf(first)
    const kept = await give(first, 'action.still-open')
    expect(kept.text).toContain(english('answer.reschedule.done', { date: 'December 31, 2098' }))
    expect(await typesOf(first)).toEqual(before)
  })
})

describe('the contact details of the customer', () => {
  it('of a hot referral are on the page from the start, with the end of the hot time', async () => {
    const { first } = await receive(undefined, { directContact: true })
    const page = await getPage(await answerUrl(first, 'action.accept'))
    expect(page.text).toContain('🔥')
    expect(page.text).toContain('The customer asks for direct contact until')
    for (const text of ['IT Purchasing', '+49 331 000000', first.customer]) expect(page.text).toContain(text)
    expect(page.forms.map(({ button }) => button)).toEqual(['Accept'])
    await advance('P4D')
    const cooled = await getPage(await answerUrl(first, 'action.accept'))
    expect(cooled.text).toContain('The customer asked for direct contact until')
    expect(cooled.text).not.toContain('🔥')
    expect((await typesOf(first)).filter(type => type.includes('contact'))).toEqual([])
  })

  it('are recorded once, however often and by however many contacts they are asked for', async () => {
    const { first } = await receive([[personNamed('Ann'), personNamed('Bob')]])
    const urls = [
      await answerUrl(first, 'action.accept'),
      await answerUrl(first, 'action.decline', 1),
      await answerUrl(first, 'action.extend', 1),
    ]
    const pages = await Promise.all(
      [...urls, ...urls].map(async url => {
        const sent = await postForm(url, purpose('show-contact'))
        return sent.status === 303 ? getPage(redirectOf(sent)) : sent
      }),
    )
    // A concurrent request can fail; the page then already shows the details.
    for (const page of pages) expect(page.text).toContain(first.customer)
    expect(await typesOf(first)).toEqual(['referral.received', 'referral.contact-shown'])
  })

  it('are not shown to a contact who reported to be the wrong person', async () => {
    const { first } = await receive([[personNamed('Ann'), personNamed('Bob')]], { directContact: true })
    const url = await answerUrl(first, 'action.misaddressed')
    const form = await getPage(url)
    expect(form.html).not.toContain(first.customer)
    const done = await submit(form)
    for (const page of [done, await getPage(await answerUrl(first, 'action.accept'))])
      expect(page.html).not.toContain(first.customer)
    expect((await postForm(url, purpose('show-contact'))).status).toBe(409)
  })

  it('cannot be asked for with a spent link', async () => {
    const { first } = await receive()
    const url = await answerUrl(first, 'action.decline')
    await give(first, 'action.decline', { reason: 'budget' })
    const page = await postForm(url, purpose('show-contact'))
    expect([page.status, page.html.includes(first.customer)]).toEqual([409, false])
    expect(await typesOf(first)).toEqual(['referral.received', 'referral.declined'])
  })
})

describe('an answer that is undone', () => {
  it('leaves the referral as before, and the link works again', async () => {
    const { first } = await receive()
    const declined = await give(first, 'action.decline', { reason: 'budget' })
    expect(declined.text).toContain('You can undo this answer for')
    const undone = await submit(declined, {}, english('answer.undo'))
    expect(undone.text).toContain(english('answer.undone'))
    expect(undone.forms.map(({ button }) => button)).toContain(english('action.decline'))
    expect(await statusOf(first)).toBe('new')
    await give(first, 'action.accept')
    expect(await typesOf(first)).toEqual([
      'referral.received',
      'referral.declined',
      'referral.answer-undone',
      'referral.accepted',
    ])
  })

  it('can be a reported end', async () => {
    const { first } = await receive()
    await give(first, 'action.accept')
    await advance('P92D')
    const won = await give(first, 'action.win')
    const undone = await submit(won, {}, english('answer.undo'))
    expect(undone.text).toContain(english('answer.undone'))
    expect(await statusOf(first)).toBe('active')
    await give(first, 'action.lose', { reason: 'budget' })
    expect(await statusOf(first)).toBe('lost')
  })

  it('is undone once by two contacts at the same time', async () => {
    const { first } = await receive([[personNamed('Ann'), personNamed('Bob')]])
    await give(first, 'action.decline', { reason: 'budget' })
    const urls = [await answerUrl(first, 'action.decline'), await answerUrl(first, 'action.accept', 1)]
    const pages = await Promise.all(urls.map(url => postForm(url, purpose('undo'))))
    expect(pages.some(({ status }) => status === 303)).toBe(true)
    for (const { status } of pages) expect([303, 409]).toContain(status)
    expect(await typesOf(first)).toEqual(['referral.received', 'referral.declined', 'referral.answer-undone'])
  })

  it('stays after the time to undo', async () => {
    const { first } = await receive()
    const declined = await give(first, 'action.decline', { reason: 'budget' })
    await advance('PT6M')
    const late = await submit(declined, {}, english('answer.undo'))
    expect([late.status, late.text]).toEqual([409, expect.stringContaining(english('answer.undo-over'))])
    expect((await getPage(declined.url)).forms).toEqual([])
    expect(await statusOf(first)).toBe('declined')
  })

  it('is not offered after an acceptance or an extension', async () => {
    const { first } = await receive()
    const url = await answerUrl(first, 'action.extend')
    await give(first, 'action.extend', { why: 'Later.' })
    expect((await postForm(url, purpose('undo'))).status).toBe(409)
    expect(await typesOf(first)).toEqual(['referral.received', 'referral.extended'])
  })
})

describe('a deal that two contacts close at the same time', () => {
  it('ends as one of them says, and the other one sees how', async () => {
    const { first } = await receive([[personNamed('Ann'), personNamed('Bob')]])
    await give(first, 'action.accept')
    await advance('P92D')
    const win = await answerUrl(first, 'action.win')
    const lose = await answerUrl(first, 'action.lose', 1)
    const { values = {} } = (await getPage(win)).forms[0] ?? {}
    const pages = await Promise.all([postForm(win, values), postForm(lose, { reason: 'budget' })])
    expect(pages.map(({ status }) => status).toSorted()).toEqual([303, 409])
    const status = await statusOf(first)
    expect(status).toBe(pages[0]?.status === 303 ? 'won' : 'lost')
    const other = pages.find(page => page.status === 409)
    expect(other?.text).toContain(titleOf(status))
    expect((await typesOf(first)).filter(type => /won|lost/.test(type))).toHaveLength(1)
  })
})

describe('an expired referral', () => {
  const expire = async () => {
    const sent = await receive()
    await advance('P14DT1H')
    expect(await statusOf(sent.first)).toBe('expired')
    return sent
  }

  it('is reopened once, and can be answered at once', async () => {
    const { first } = await expire()
    const url = await answerUrl(first, 'action.reopen')
    const reopened = await submit(await getPage(url))
    expect(reopened.text).toContain(titleOf('new'))
    expect(await statusOf(first)).toBe('new')
    for (const page of [await getPage(url), await postForm(url)]) {
      expect(page.text).toContain(english('answer.used'))
      expect(page.forms).toEqual([])
    }
    const accept = new URL(linkIn(reopened, english('action.accept')), reopened.url).href
    await submit(await getPage(accept))
    expect(await statusOf(first)).toBe('active')
  })

  it('stays expired if the customer has chosen, which the page says', async () => {
    const { first, rfi } = await expire()
    const params = { rfiId: rfi.id }
    const { etag } = await call(rfiOperations.getRfi, { token: rfi.trackingToken, params })
    const body = { outcome: 'elsewhere' }
    await call(rfiOperations.chooseOutcome, { token: rfi.trackingToken, params, ifMatch: etag, body })
    const url = await answerUrl(first, 'action.reopen')
    const page = await getPage(url)
    expect(page.text).toContain(english('answer.customer-decided'))
    expect(page.forms).toEqual([])
    expect((await postForm(url, {})).status).toBe(409)
    expect(await statusOf(first)).toBe('expired')
  })
})

describe('the choice of the customer', () => {
  const choose = async (
    { trackingToken: token, id: rfiId }: Awaited<ReturnType<typeof sendRfi>>,
    body: object,
    operation:
      | typeof rfiOperations.chooseOutcome
      | typeof rfiOperations.denyWin = rfiOperations.chooseOutcome,
  ) => {
    const params = { rfiId }
    const { etag } = await call(rfiOperations.getRfi, { token, params })
    await call(operation, { token, params, ifMatch: etag, body })
  }

  it('is on the pages of the chosen partner, of one that works on it, and of one that has not answered', async () => {
    const people = ['Ann', 'Bob', 'Cid'].map(name => [personNamed(name, { locale: 'de' })])
    const { rfi, received } = await receive(people)
    const accept = async ({ contacts }: Received) => {
      const [mail] = await allMailsTo(contacts[0]?.email ?? '')
      return linkIn(mail, textIn('de', 'action.accept'))
    }
    const [ann, bob, cid] = await Promise.all(received.map(accept))
    for (const url of [ann, bob]) await submit(await getPage(url ?? ''))
    await choose(rfi, { referralId: received[0]?.referralId })
    const pages = await Promise.all([ann, bob, cid].map(url => getPage(url ?? '')))
    expect(pages.map(({ text }) => text)).toEqual([
      expect.stringContaining(textIn('de', 'answer.choice', { choice: 'this' })),
      expect.stringContaining(textIn('de', 'answer.choice', { choice: 'other' })),
      expect.stringContaining(textIn('de', 'answer.nothing-to-do')),
    ])
    expect(pages[2]?.text).toContain(
      textIn('de', 'answer.state', { status: 'superseded', company: 'Havelland Getriebe' }),
    )
    const late = await postForm(cid ?? '', { name: 'ERP' })
    expect(late).toMatchObject({
      status: 409,
      text: expect.stringContaining(textIn('de', 'answer.customer-decided')),
    })
    expect(received[2] && (await statusOf(received[2]))).toBe('superseded')
  })

  it('to withdraw the request says that a form which was open is not saved', async () => {
    const { rfi, first } = await receive()
    const url = await answerUrl(first, 'action.accept')
    const params = { rfiId: rfi.id }
    const { etag } = await call(rfiOperations.getRfi, { token: rfi.trackingToken, params })
    await call(rfiOperations.withdrawRfi, { token: rfi.trackingToken, params, ifMatch: etag })
    expect(await postForm(url, { name: 'ERP' })).toMatchObject({
      status: 409,
      text: expect.stringContaining(english('answer.ended')),
    })
  })

  it('to deny a win is on the page of the partner', async () => {
    const { rfi, first } = await receive()
    await give(first, 'action.accept')
    await advance('P92D')
    const won = await give(first, 'action.win')
    await choose(rfi, { referralId: first.referralId }, rfiOperations.denyWin)
    const page = await getPage(won.url)
    expect(page.text).toContain(english('answer.win-denied'))
    expect(page.forms).toEqual([])
  })

  it('to deny a win can be answered from the mailbox: the deal continues', async () => {
    const { rfi, first } = await receive()
    await give(first, 'action.accept')
    await advance('P92D')
    await give(first, 'action.win')
    await choose(rfi, { referralId: first.referralId }, rfiOperations.denyWin)
    await settle()
    const url = await answerUrl(first, 'action.resume')
    const continued = await submit(await getPage(url))
    expect(continued.text).toContain(titleOf('active'))
    expect(await statusOf(first)).toBe('active')
    expect((await getPage(url)).forms).toEqual([])
  })
})
