/** The languages of people, from the request to the mailbox. The local cloud has the pseudo-locales as languages of the operator. */
import { randomUUID } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { partnerOperations } from '../../shared/partners/partner/contract.ts'
import { profileOperations } from '../../shared/partners/profile/contract.ts'
import { taxonomyOperations } from '../../shared/program/taxonomy/contract.ts'
import { rfiOperations } from '../../shared/referrals/rfi/contract.ts'
import { pseudoText, textsIn } from '../fixtures/pseudo-locale.ts'
import { textIn } from '../fixtures/texts.ts'
import { named, parse } from '../unit/markup.ts'
import { call, expectProblem } from './client.ts'
import {
  awaitMail,
  enroll,
  type Partner,
  personNamed,
  profileContent,
  rfiBody,
  settle,
  tokenOf,
  unique,
} from './program.ts'

/** Sends an RFI whose contact states no locale, and returns the mail to it. */
const receiptOf = async (
  partner: Partner,
  {
    country = 'DE',
    headers = {},
    locale,
  }: { country?: string; headers?: Record<string, string>; locale?: string },
) => {
  const { customer, ...rest } = rfiBody([partner])
  const email = `customer-${unique()}@customer.example`
  const { locale: _, ...contact } = { ...customer.contact, email }
  const address = { city: 'Potsdam', country }
  await call(rfiOperations.createRfi, {
    body: { ...rest, customer: { ...customer, address, contact: { ...contact, ...(locale && { locale }) } } },
    idempotencyKey: randomUUID(),
    headers,
  })
  const [mail] = await awaitMail(email)
  if (!mail) throw new Error(`no mail to ${email}, expected the receipt`)
  return mail
}

const subjectIn = (locale: string) => textIn(locale, 'receipt.subject')

describe('a customer who states no locale gets mails', () => {
  it.each([
    ['in the language that the request asks for first', 'US', 'fr-CA, de;q=0.5', 'fr'],
    ['in the next language, if the program does not have the first', 'US', 'ca, de;q=0.9', 'de'],
    ['in the language of the country, if the request names none of the program', 'DE', 'ca', 'de'],
    ['in the language of the country, if the request accepts all', 'FR', '*', 'fr'],
    ['in English, if the program does not have the language of the country', 'ES', '*', 'en'],
  ])('%s', async (_, country, header, language) => {
    const mail = await receiptOf(await enroll(), { country, headers: { 'accept-language': header } })
    expect(mail.subject).toBe(subjectIn(language))
  })

  it('but in the stated language, whatever the request asks for', async () => {
    const mail = await receiptOf(await enroll(), {
      headers: { 'accept-language': 'fr' },
      locale: 'ZH-cmn-hans',
    })
    expect(mail.subject).toBe(subjectIn('zh-Hans'))
  })

  it('in the language of the country, if the operator enters the request', async () => {
    const { customer, ...rest } = rfiBody([await enroll()])
    const email = `customer-${unique()}@customer.example`
    const { locale: _, ...contact } = { ...customer.contact, email }
    await call(rfiOperations.createRfiByOperator, {
      token: await tokenOf('operator'),
      body: { ...rest, customer: { ...customer, contact }, source: { channel: 'sales-agent' } },
      idempotencyKey: randomUUID(),
      headers: { 'accept-language': 'fr' },
    })
    expect((await awaitMail(email))[0]?.subject).toBe(subjectIn('de'))
  })
})

describe('a contact who states no locale', () => {
  it('has the language of the region of the profile', async () => {
    const partner = await enroll()
    const { locale: _, ...contact } = personNamed('Ann')
    const { body } = await call(profileOperations.putProfile, {
      token: partner.admin,
      params: { region: 'FR' },
      body: { ...profileContent(partner.contactOf), defaultContacts: [contact] },
    })
    expect(body.defaultContacts.map(({ locale }) => locale)).toEqual(['fr-FR'])
  })

  it('has English as an administrator, because partners have no country', async () => {
    const { locale: _, ...admin } = personNamed('Boss')
    const { body } = await call(partnerOperations.createPartner, {
      token: await tokenOf('operator'),
      body: { name: `Partner ${unique()}`, admins: [admin] },
      idempotencyKey: randomUUID(),
    })
    expect(body.admins.map(({ locale }) => locale)).toEqual(['en'])
  })
})

describe('a language tag in a request', () => {
  it('is stored in canonical form, and two forms of one language are a repetition', async () => {
    const partner = await enroll()
    const put = { token: partner.admin, params: { region: 'AT' } }
    const content = profileContent(partner.contactOf)
    const { body } = await call(profileOperations.putProfile, {
      ...put,
      body: { ...content, languages: ['DE_at', 'iw', 'de-u-co-phonebk'] },
    })
    expect(body.languages).toEqual(['de-AT', 'he', 'de'])
    const problem = await expectProblem(profileOperations.putProfile, {
      ...put,
      params: { region: 'CH' },
      body: { ...content, languages: ['he', 'iw', 'german'] },
    })
    expect(problem.body.errors?.map(({ pointer, code }) => `${pointer} ${code}`)).toEqual([
      '/languages/2 unknown-language',
      '/languages/1 repeated',
    ])
  })

  it('must be in canonical form as the name of a label', async () => {
    const token = await tokenOf('operator')
    const { body, etag } = await call(taxonomyOperations.getTaxonomyByOperator, { token })
    const [first, ...others] = body.products
    const { version: _, changedAt: __, changedBy: ___, ...lists } = body
    const problem = await expectProblem(taxonomyOperations.putTaxonomy, {
      token,
      ifMatch: etag,
      body: { ...lists, products: [{ ...first, labels: { iw: 'x' } }, ...others] },
    })
    expect(problem.body.errors).toEqual([
      {
        pointer: '/products/0/labels/iw',
        code: 'language-form',
        params: { value: 'iw', expected: 'he' },
        detail: 'The language tag "iw" is not in canonical form. Expected he.',
      },
    ])
  })
})

describe('the taxonomy', () => {
  it('has all labels in the language that the request prefers among those with labels', async () => {
    const { body, headers } = await call(taxonomyOperations.getTaxonomy, {
      headers: { 'accept-language': 'ca, fr;q=0.1, de;q=0.7' },
    })
    const german = await call(taxonomyOperations.getTaxonomy, { query: { locale: 'de' } })
    expect(body).toEqual(german.body)
    expect(headers.get('vary')).toContain('accept-language')
  })
})

describe('a language that the operator adds', () => {
  it('is the language of mails and of the pages behind their links, from right to left', async () => {
    const ann = personNamed('Ann', { locale: 'ar-XB' })
    const partner = await enroll(undefined, 'DE', { main: [ann] })
    const receipt = await receiptOf(partner, { locale: 'ar-XB' })
    const subject = textsIn('mails', 'ar-XB')['receipt.subject']
    expect(receipt.subject).toBe(subject)
    await settle()
    const [toPartner] = await awaitMail(ann.email)
    for (const { html } of [receipt, toPartner ?? receipt]) {
      expect(named(parse(html), 'html')[0]?.attributes).toMatchObject({ lang: 'ar-XB', dir: 'rtl' })
      const [url = ''] = /https?:[^"\s]+\/v1\/pages\/[^"\s]+/.exec(html) ?? []
      const answer = await fetch(url.replaceAll('&amp;', '&'), { headers: { 'accept-language': 'de' } })
      expect(answer.headers.get('content-language')).toBe('ar-XB')
      expect(answer.headers.get('vary')).toBe('accept-language')
      expect(named(parse(await answer.text()), 'html')[0]?.attributes).toMatchObject({
        lang: 'ar-XB',
        dir: 'rtl',
      })
    }
  })

  it('is the language of a page for a link that does not work, if the request asks for it', async () => {
    const receipt = await receiptOf(await enroll(), { locale: 'en' })
    const [url = ''] = /https?:[^"\s]+\/v1\/pages\/request/.exec(receipt.html) ?? []
    const answer = await fetch(`${url}?token=x`, {
      headers: { 'accept-language': 'tlh, en-XA;q=0.5, en;q=0.1' },
    })
    expect(answer.headers.get('content-language')).toBe('en-XA')
    expect(await answer.text()).toContain(pseudoText(textIn('en', 'dead-link.title'), 'en-XA'))
  })
})
