import { describe, expect, expectTypeOf, it } from 'vitest'
import { adviceCatalogs, faultCatalogs, reasonCatalogs, terms } from '../../shared/api/contract.ts'
import { faults } from '../../shared/kernel/faults.ts'
import { messages, type ParametersOf } from '../../shared/kernel/messages.ts'

const catalogs = [...faultCatalogs, ...reasonCatalogs, ...adviceCatalogs]
const entries = catalogs.flatMap(catalog => Object.entries(catalog))

describe('messages', () => {
  const message = messages({
    plain: 'Something is wrong.',
    'too-long': 'Too long: {actual}. Expected at most {maximum}.',
    unknown: 'Unknown code "{value}".[ Did you mean {suggestions}?]',
  })

  it('renders the parameters of a message', () => {
    expect(message('too-long', { actual: 7, maximum: 5 })).toEqual({
      code: 'too-long',
      params: { actual: 7, maximum: 5 },
      detail: 'Too long: 7. Expected at most 5.',
    })
  })

  it('leaves out an optional part without its parameter', () => {
    expect(message('unknown', { value: 'epr' })).toEqual({
      code: 'unknown',
      params: { value: 'epr' },
      detail: 'Unknown code "epr".',
    })
    expect(message('unknown', { value: 'epr', suggestions: ['erp', 'crm'] }).detail).toBe(
      'Unknown code "epr". Did you mean erp or crm?',
    )
  })

  it('renders the values of a request as they are', () => {
    expect(message('unknown', { value: '{suggestions} [x]' }).detail).toBe(
      'Unknown code "{suggestions} [x]".',
    )
    expect(message('unknown', { value: 'x', suggestions: [] }).detail).toContain('Did you mean none?')
  })

  it.each(['__proto__', 'constructor', 'toString'])('renders the value %s as it is', value => {
    expect(message('unknown', { value }).detail).toBe(`Unknown code "${value}".`)
  })

  it('renders the words for values that are codes, and keeps the codes as parameters', () => {
    const build = messages({ form: 'Expected {form}.' }, { form: { form: { email: 'an email address' } } })
    expect(build('form', { form: 'email' })).toEqual({
      code: 'form',
      params: { form: 'email' },
      detail: 'Expected an email address.',
    })
    expect(build('form', { form: ['email', 'other'] }).detail).toBe('Expected an email address or other.')
  })

  it('cuts long values', () => {
    const { params, detail } = message('unknown', { value: '💡'.repeat(300) })
    expect(params.value).toBe(`${'💡'.repeat(100)}…`)
    expect(detail).toContain(`"${'💡'.repeat(100)}…"`)
    expect(message('unknown', { value: '💡'.repeat(100) }).params.value).toBe('💡'.repeat(100))
  })

  it('requires each parameter at compile time', () => {
    expectTypeOf<ParametersOf<'{a} and {b}'>>().toHaveProperty('b')
    expect(message('plain').detail).toBe('Something is wrong.')
    // @ts-expect-error: a parameter is missing
    message('too-long', { actual: 7 })
    // @ts-expect-error: all parameters are missing
    message('too-long')
    // @ts-expect-error: there is no such message
    message('too-short')
    // @ts-expect-error: the message has no such parameter
    message('unknown', { value: 'epr', hint: 'erp' })
  })
})

describe('faults', () => {
  it('adds the pointer to a message', () => {
    expect(faults({ required: 'Missing.' })('required', '/name')).toEqual({
      pointer: '/name',
      code: 'required',
      params: {},
      detail: 'Missing.',
    })
  })
})

describe('the catalogues of messages', () => {
  const codesOf = (list: readonly object[]) => list.flatMap(catalog => Object.keys(catalog))

  it.each([
    ['faults', faultCatalogs],
    ['reasons', reasonCatalogs],
    ['advice', adviceCatalogs],
  ])('have one message for each code of %s', (_, list) => {
    const codes = codesOf(list)
    expect(codes.filter((code, index) => codes.indexOf(code) !== index)).toEqual([])
  })

  it('have one message for each code of the whole program, advice aside', () => {
    const codes = codesOf([...faultCatalogs, ...reasonCatalogs])
    expect(codes.filter((code, index) => codes.indexOf(code) !== index)).toEqual([])
  })

  it('have words only for messages and parameters that exist', () => {
    for (const [code, byParameter] of Object.entries(terms)) {
      const [, text = ''] = entries.find(([known]) => known === code) ?? []
      for (const name of Object.keys(byParameter)) expect(text, code).toContain(`{${name}}`)
    }
  })

  it.each(entries)('have a code in kebab case and a text in sentences for %s', (code, text) => {
    expect(code).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*$/)
    expect(text).toMatch(/^[A-Z{].*[.?]\]?$/)
    for (const [part] of text.matchAll(/\[[^\]]*\]/g)) expect(part).toMatch(/\{\w+\}/)
    // Each optional part and each parameter is closed.
    expect(text.replace(/\[[^[\]]*\]/g, '').replace(/\{\w+\}/g, '')).not.toMatch(/[[\]{}]/)
  })
})
