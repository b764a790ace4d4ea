import { describe, expect, it } from 'vitest'
import { fault } from '../../shared/kernel/faults.ts'
import { checkAll, checkEach, ifValid, withHoles } from '../../shared/kernel/partial-input.ts'

const input = () => ({
  name: 'x',
  places: [{ city: 'Berlin' }, { city: 'Bonn' }],
  need: { text: 'y', codes: ['a'] },
})

describe('withHoles', () => {
  it('returns undefined if the whole value is invalid', () => {
    expect(withHoles(input(), [[]])).toBeUndefined()
    expect(withHoles('text', [['name']])).toBeUndefined()
    expect(withHoles(null, [])).toBeUndefined()
  })

  it('makes a part throw that is invalid, or missing', () => {
    const holed = withHoles(input(), [['name'], ['need', 'budget']]) as ReturnType<typeof input> & {
      need: { budget?: number }
    }
    expect(() => holed.name).toThrow('not valid')
    expect(() => holed.need.budget).toThrow('not valid')
    expect(holed.need.text).toBe('y')
  })

  it('leaves the hole of an outer part for an inner one', () => {
    const holed = withHoles(input(), [['need'], ['need', 'text'], ['name', 'first']])
    expect(() => holed?.need).toThrow('not valid')
    expect(() => holed?.name).toThrow('not valid')
  })
})

describe('checkAll', () => {
  it('skips the checks that read a hole, and reports the faults of the others', () => {
    const holed = withHoles(input(), [['name']])
    const errors = checkAll(
      () => (holed?.name ? [] : [fault('blank', '/name')]),
      () => [fault('required', '/other')],
    )
    expect(errors.map(({ pointer }) => pointer)).toEqual(['/other'])
  })

  it('passes on any other error', () => {
    expect(() =>
      checkAll(() => {
        throw new TypeError('a bug')
      }),
    ).toThrow('a bug')
  })
})

describe('checkEach', () => {
  it('checks the valid entries, by their indexes', () => {
    const holed = withHoles(input(), [['places', 0]])
    const errors = checkEach(holed?.places ?? [], ({ city }, index) => [
      fault('repeated', `/places/${index}`, { value: city }),
    ])
    expect(errors.map(({ pointer, params }) => [pointer, params.value])).toEqual([['/places/1', 'Bonn']])
  })
})

describe('ifValid', () => {
  it('returns undefined for a hole', () => {
    const holed = withHoles(input(), [['need', 'codes', 0]])
    expect(ifValid(() => holed?.need.codes.map(code => code))).toBeUndefined()
    expect(ifValid(() => holed?.need.text)).toBe('y')
  })
})
