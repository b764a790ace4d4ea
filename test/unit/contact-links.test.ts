import fc from 'fast-check'
import { expect, it } from 'vitest'
import { emailLink, phoneLink } from '../../shared/text/contact-links.ts'

it.each([
  ['+49 30 123456', 'tel:+4930123456'],
  ['+49 (0)331 12-34', 'tel:+493311234'],
  ['(030) 12 34 / 56', 'tel:030123456'],
  ['0031.20.123', 'tel:003120123'],
])('the number %s is dialled with %s', (phone, link) => {
  expect(phoneLink(phone)).toBe(link)
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
      expect(phoneLink(text)).toMatch(/^tel:\+?\d*$/)
    }),
  )
})
