import fc from 'fast-check'
import { expect, it } from 'vitest'
import { emailLink, phoneLink } from '../../shared/text/contact-links.ts'

it.each([
  ['+49 30 123456', undefined, 'tel:+4930123456'],
  ['+49 (0)331 12-34', undefined, 'tel:+493311234'],
  ['+44 020 7946 0958', undefined, 'tel:+442079460958'],
  ['+39 06 698 12345', undefined, 'tel:+390669812345'],
  ['(030) 12 34 56 78', 'DE', 'tel:+493012345678'],
  ['0049 30 12345678', 'DE', 'tel:+493012345678'],
  ['011 49 30 12345678', 'US', 'tel:+493012345678'],
  ['0031.20.1234567', 'DE', 'tel:+31201234567'],
  ['(617) 208-1394', 'US', 'tel:+16172081394'],
  ['1-617-208-1394', 'US', 'tel:+16172081394'],
  ['8 (912) 345-67-89', 'RU', 'tel:+79123456789'],
  ['06 698 12345', 'IT', 'tel:+390669812345'],
  ['049 827 5511', 'IT', 'tel:+390498275511'],
  ['912 345 678', 'ES', 'tel:+34912345678'],
  ['34 912 345 678', 'ES', 'tel:+34912345678'],
  ['06 1 234 5678', 'HU', 'tel:+3612345678'],
  ['+1 617 208 1394 ext. 100', undefined, 'tel:+16172081394;ext=100'],
  ['(617) 208-1394 x12', 'US', 'tel:+16172081394;ext=12'],
])('the number %s of %s is dialled with %s', (phone, country, link) => {
  expect(phoneLink(phone, country)).toBe(link)
})

it.each<[phone: string, country: string | undefined, reason: string]>([
  ['1234567', 'DE', 'a local number without area code'],
  ['208-1394', 'US', 'a local number without area code'],
  ['(030) 12 34 56', undefined, 'an unknown country'],
  ['(030) 12 34 56', 'AQ', 'a country without telephone numbers of its own'],
])('the number %s of %s is linked with its digits: %s', (phone, country) => {
  expect(phoneLink(phone, country)).toBe(`tel:${phone.replace(/\D/g, '')}`)
})

it.each([
  ['ada@customer.example', 'mailto:ada@customer.example'],
  ["o'hara+erp@customer.example", "mailto:o'hara%2Berp@customer.example"],
  ['ada@customer.example?bcc=x@evil.example', 'mailto:ada@customer.example%3Fbcc%3Dx@evil.example'],
  ['ada@customer.example,x@evil.example', 'mailto:ada@customer.example%2Cx@evil.example'],
])('the address %s is written to with %s', (address, link) => {
  expect(emailLink(address)).toBe(link)
})

it('no text adds a recipient, a field or a space to a link', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), text => {
      expect(emailLink(text)).toMatch(/^mailto:[^\s?&,;"<>]*$/)
      expect(phoneLink(text, 'DE')).toMatch(/^tel:\+?\d*(;ext=\d{1,7})?$/)
    }),
  )
})
