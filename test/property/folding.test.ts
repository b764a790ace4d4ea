/** Laws of folding: it is idempotent, and it accepts nothing that is not accepted in its folded form. */
import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readEmail } from '../../shared/text/email-address.ts'
import {
  foldLine,
  foldMachineText,
  foldProse,
  foldVersion,
  isVisible,
  withoutHidden,
} from '../../shared/text/folding.ts'
import { dialable, readPhone } from '../../shared/text/phone-number.ts'
import type { Reading } from '../../shared/text/reading.ts'
import { readWebAddress } from '../../shared/text/web-address.ts'
import { depth } from './depth.ts'

const check = <T>(property: fc.IProperty<T>): void => fc.assert(property, { numRuns: 500 * depth })

/** Characters on which folds act, and those around them. */
const special = fc.constantFrom(
  ...'aÄ1٣०๐③½ﬁＡ＠．－\u0301\u0308\u200b\u200c\u200d\u200e\u202e\u2066\u2069\ufeff\ufe0f\u00ad\u034f\u1160\u3164\uffa0',
  ...'مकന്ක්👩💻❤🏴가\u1100\u1161\ue000\u2011–—−\u00a0\u3000\u2028\u0085\u000b\r\n\t .,-+()[]/@:;"<>\\',
  '\u{e0041}',
  '\u{e007f}',
  '\u{e0100}',
  '\u180b',
  'ᠠ',
)
const anyText = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: special, maxLength: 20 }),
  fc.string({
    unit: fc.oneof(special, fc.string({ unit: 'binary', minLength: 1, maxLength: 1 })),
    maxLength: 20,
  }),
)

/** Inputs of a table, with characters inserted or replaced. */
const nearly = (kind: string) => {
  const rows: { input: string }[] = JSON.parse(
    readFileSync(new URL(`../fixtures/inputs/${kind}.json`, import.meta.url), 'utf8'),
  )
  return fc
    .tuple(fc.constantFrom(...rows.map(({ input }) => input)), special, fc.nat(), fc.nat(1))
    .map(([input, character, at, removed]) => {
      const index = at % (input.length + 1)
      return `${input.slice(0, index)}${character}${input.slice(index + removed)}`
    })
}

const storedBy = <Code extends string>(read: (text: string) => Reading<Code>, text: string) => {
  const reading = read(text)
  return 'stored' in reading ? reading.stored : undefined
}

describe.each([
  ['foldMachineText', foldMachineText],
  ['foldLine', foldLine],
  ['foldProse', foldProse],
  ['withoutHidden', withoutHidden],
] as const)('%s', (_, fold) => {
  it('is idempotent', () => {
    check(
      fc.property(anyText, text => {
        expect(fold(fold(text))).toBe(fold(text))
      }),
    )
  })

  it('leaves no character that changes the direction of text, and makes no blank text visible', () => {
    check(
      fc.property(anyText, text => {
        expect(fold(text)).not.toMatch(/[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/)
        if (!isVisible(text)) expect(isVisible(fold(text))).toBe(false)
      }),
    )
  })
})

it.each([
  ['in a row', `a${'\u0301\u0323'.repeat(60_000)}`],
  ['with hidden characters between them', `a${`${'\u0301\u0323'.repeat(15)}\u200b`.repeat(4000)}`],
])('of many combining marks %s, 30 stay', (_, text) => {
  for (const fold of [foldMachineText, foldLine, foldProse]) {
    const folded = fold(text)
    expect(folded.length).toBeLessThanOrEqual(31)
    expect(fold(folded)).toBe(folded)
  }
})

it('foldLine and foldProse keep every visible character', () => {
  const visibleIn = (text: string) => [...text].filter(isVisible)
  check(
    fc.property(anyText, text => {
      const visible = visibleIn(withoutHidden(text).normalize('NFC'))
      expect(visibleIn(foldLine(text))).toEqual(visible)
      expect(visibleIn(foldProse(text))).toEqual(visible)
    }),
  )
})

const webAddress = readWebAddress(['http', 'https'], 'web-address')

describe.each([
  ['email address', readEmail, 'email', foldMachineText],
  ['telephone number', readPhone, 'phone', foldMachineText],
  ['web address', webAddress, 'web-address', withoutHidden],
] as const)('the %s that is stored', (_, read, kind, fold) => {
  const input = fc.oneof(nearly(kind), anyText)

  it('is read as itself', () => {
    check(
      fc.property(input, text => {
        const stored = storedBy(read, text)
        if (stored !== undefined) expect(storedBy(read, stored)).toBe(stored)
      }),
    )
  })

  it('is the same for the folded input', () => {
    check(
      fc.property(input, text => {
        expect(storedBy(read, fold(text))).toBe(storedBy(read, text))
      }),
    )
  })
})

/** The pattern of `dot-atom @ domain` in ASCII. */
const strictEmail =
  /^(?!\.)(?!.*\.[.@])[!#-'*+./0-9=?A-Z^-~-]+@(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]*[a-z0-9]$/

it('an email address that is accepted is a dot-atom of ASCII before a domain of at least two labels', () => {
  check(
    fc.property(fc.oneof(nearly('email'), anyText), text => {
      const stored = storedBy(readEmail, text)
      if (stored === undefined) return
      expect(stored).toMatch(strictEmail)
      expect(stored.length).toBeLessThanOrEqual(254)
    }),
  )
})

it('a telephone number that is accepted has 5 to 15 digits, and is dialled as E.164 or not at all', () => {
  check(
    fc.property(
      fc.oneof(nearly('phone'), anyText),
      fc.constantFrom('DE', 'US', 'IT', 'RU', undefined),
      (text, country) => {
        const stored = storedBy(readPhone, text)
        if (stored === undefined) return
        expect(stored).toMatch(/^\+?[\d ()./-]+( ext\. \d{1,7})?$/)
        const digits = (stored.split(' ext. ')[0] ?? '').replace(/\D/g, '').replace(/^0+/, '')
        expect(digits.length).toBeGreaterThanOrEqual(5)
        expect(digits.length).toBeLessThanOrEqual(15)
        expect(dialable(stored, country) ?? '+12345').toMatch(/^\+[1-9]\d{4,14}$/)
      },
    ),
  )
})

/** The pattern of addresses that were accepted before version 1 of the folds. */
const acceptedBefore =
  /^(?!\.)(?!.*\.\.)[A-Za-z0-9_'+\-.]*[A-Za-z0-9_+-]@([A-Za-z0-9][A-Za-z0-9-]*\.)+([A-Za-z]{2,}|xn--[A-Za-z0-9-]+)$/

it('version 1 leaves every email address unchanged that was stored before, so that its fingerprint stays', () => {
  const label = fc.stringMatching(/^[a-z0-9][a-z0-9-]{0,10}$/)
  const local = fc.stringMatching(/^[A-Za-z0-9_'+.-]{0,20}[A-Za-z0-9_+-]$/)
  const address = fc
    .tuple(local, fc.array(label, { minLength: 1, maxLength: 3 }), fc.stringMatching(/^[a-z]{2,6}$/))
    .map(([name, labels, top]) => `${name}@${[...labels, top].join('.')}`)
    .filter(text => acceptedBefore.test(text))
  expect(foldVersion).toBe(1)
  check(
    fc.property(address, text => {
      expect(storedBy(readEmail, text) ?? text).toBe(text)
    }),
  )
})
