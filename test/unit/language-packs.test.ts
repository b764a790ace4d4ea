import { execFileSync } from 'node:child_process'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { languagesFolder } from '../../infra/languages.ts'
import { languages } from '../../shared/messaging/language/contract.ts'
import { tagFaults, textFaults } from '../../shared/messaging/language/pack-faults.ts'

const source = join(import.meta.dirname, '../../shared/messaging/language')
const textsIn = (set: string, language: string): Record<string, unknown> =>
  JSON.parse(readFileSync(join(source, set, `${language}.json`), 'utf8'))

const polish = (changes: Record<string, unknown>) => ({ ...textsIn('mails', 'en'), ...changes })
/** Returns the faults of one message of a language. */
const faultsOf = (id: string, text: unknown, language = 'es') =>
  textFaults('mails', language, polish({ [id]: text })).filter(fault => fault.startsWith(`${id}:`))

it.each(languages)('the language %s of the program has no faults', language => {
  for (const set of ['pages', 'mails'] as const)
    expect(textFaults(set, language, textsIn(set, language))).toEqual([])
})

it('a folder that the setting names must exist', () => {
  expect(() => languagesFolder('languagez')).toThrow(/languagez does not exist/)
  expect(languagesFolder('docs')).toMatch(/docs$/)
  expect(languagesFolder(undefined)).toMatch(/languages$/)
})

describe('the name of a file', () => {
  it.each(['es', 'pt-BR', 'zh-Hant', 'sr-Latn'])('can be %s', tag => {
    expect(tagFaults(tag)).toEqual([])
  })

  it.each([
    ['zh-hant', '"zh-hant" is not in canonical form. Expected the name zh-Hant.json.'],
    ['iw', '"iw" is not in canonical form. Expected the name he.json.'],
    [
      'es_MX',
      '"es_MX" is no language tag. Expected a BCP 47 tag as the name of the file, such as es.json or pt-BR.json.',
    ],
    [
      'spanish',
      '"spanish" is no language tag. Expected a BCP 47 tag as the name of the file, such as es.json or pt-BR.json.',
    ],
    ['en', 'English cannot be replaced, because it is the fallback. Expected a file of another language.'],
  ])('cannot be %s', (tag, fault) => {
    expect(tagFaults(tag)).toEqual([fault])
  })
})

describe('a file with texts', () => {
  it('needs each message', () => {
    const { greeting: _, ...texts } = textsIn('mails', 'en')
    expect(textFaults('mails', 'es', texts)).toEqual([
      'greeting: missing. Expected a translation of “Hello {name},”.',
    ])
  })

  it('has no unknown message', () => {
    const { greeting: _, ...texts } = textsIn('mails', 'en')
    expect(
      textFaults('mails', 'es', { ...texts, greetings: 'Hola {name}:', 'field.name': 'Nombre' }),
    ).toEqual([
      'greeting: missing. Expected a translation of “Hello {name},”.',
      'greetings: unknown id. Did you mean greeting?',
      'field.name: unknown id. Expected it in the file in pages/.',
    ])
    expect(textFaults('mails', 'es', polish({ farewell: 'Adiós' }))).toEqual([
      'farewell: unknown id. Expected an id of mails/en.json.',
    ])
  })

  it.each([null, [], 'text', 3])('is an object, and not %j', content => {
    expect(textFaults('mails', 'es', content)).toEqual([
      'The file holds no object. Expected an object with the texts by message id.',
    ])
  })

  it.each([null, 3, {}])('has strings, and not %j', text => {
    expect(faultsOf('greeting', text)).toEqual(['greeting: no text. Expected a string.'])
  })
})

describe('a text', () => {
  it.each([
    ['Hola:', 'greeting: wrong variables: no variables. Expected {name}.'],
    ['Hola {nombre}:', 'greeting: wrong variables: {nombre}. Expected {name}.'],
    ['Hola {name} de {company}:', 'greeting: wrong variables: {name}, {company}. Expected {name}.'],
  ])('has the variables of the message, and not as %j', (text, fault) => {
    expect(faultsOf('greeting', text)).toEqual([fault])
  })

  it.each(['Hola {name:', 'Hola name}:', 'Hola {name, date}:', '{name, select, a {Hola}}', '{}'])(
    'is an ICU message in the subset of the program, and not %j',
    text => {
      const [fault] = faultsOf('greeting', text)
      expect(fault).toMatch(/^greeting: invalid message: .+ Expected variables as \{name\}/)
    },
  )

  it.each(['', ' Hola {name}:', 'Hola {name}: ', 'Hola\n{name}:'])('is one line, and not %j', text => {
    expect(faultsOf('greeting', text)).toContain(
      'greeting: empty, with a line break, or with blanks at an end. Expected one line.',
    )
  })

  it.each(["Ciao l'{name}", '<b>Hola</b> {name}', 'Hola&nbsp;{name}'])('has no markup: %j', text => {
    expect(faultsOf('greeting', text)).toEqual([
      "greeting: markup or the apostrophe '. Expected plain text, with ’ as the apostrophe.",
    ])
  })

  it.each(['Hola\ufffd {name}', 'Hola\u200b {name}', 'Ho\u00adla {name}'])(
    'has no hidden and no replacement character: %j',
    text => {
      expect(faultsOf('greeting', text)).toEqual([
        'greeting: a hidden or replacement character, such as U+200B or U+FFFD. Expected visible characters in UTF-8.',
      ])
    },
  )

  it('has the options of each select', () => {
    expect(faultsOf('withdrawn.nothing', 'Nada.')).toContainEqual(
      expect.stringMatching(/select by \{by\} with the options \(none\)\. Expected the options /),
    )
    expect(faultsOf('greeting', '{name, select, Ada {Hola Ada} other {Hola {name}}}:')).toEqual([
      'greeting: select by {name}, which English does not have. Expected none.',
    ])
  })

  const more = 'digest.more'
  it.each([
    [
      'pl',
      '{count, plural, one {Jedna} other {#}}',
      'plural of {count} without few, many. Expected the categories one, few, many, other.',
    ],
    [
      'ar',
      '{count, plural, other {#}}',
      'plural of {count} without zero, one, two, few, many. Expected the categories zero, one, two, few, many, other.',
    ],
    [
      'es',
      '{count, plural, one {Una} few {Pocas} other {#}}',
      'unknown plural category “few”. Expected one, many, other, or a number as =1.',
    ],
  ])('has the plural categories of %s', (language, text, fault) => {
    expect(faultsOf(more, text, language)).toEqual([`${more}: ${fault}`])
  })

  it('needs no category for millions, and can have texts for single numbers', () => {
    expect(faultsOf(more, '{count, plural, =1 {Una} one {Una} other {#}}', 'es')).toEqual([])
    expect(faultsOf(more, '{count, plural, other {#}}', 'ja')).toEqual([])
  })
})

describe('compiling the texts for the bundles', () => {
  let work: string
  let folder: string
  beforeEach(() => {
    work = mkdtempSync(join(tmpdir(), 'languages-'))
    folder = join(work, 'languages')
    for (const set of ['pages', 'mails']) mkdirSync(join(folder, set), { recursive: true })
  })
  afterEach(() => rmSync(work, { recursive: true, force: true }))

  const compile = (...targets: string[]): string => {
    const script = join(source, 'compile.ts')
    const args = ['--disable-warning=ExperimentalWarning', script, folder, ...targets]
    try {
      execFileSync(process.execPath, args, { cwd: work, stdio: 'pipe' })
      return ''
    } catch (error) {
      return String((error as { stderr?: Buffer }).stderr)
    }
  }
  const add = (tag: string) => {
    for (const set of ['pages', 'mails'])
      cpSync(join(source, set, 'en.json'), join(folder, set, `${tag}.json`))
  }
  const others = languages.filter(language => language !== 'en').map(language => `${language}.json`)

  it('copies the languages of the program without English, and those of the operator', () => {
    add('es')
    const target = join(work, 'send-mail', 'mails')
    expect(compile(target)).toBe('')
    expect(readdirSync(target).toSorted()).toEqual([...others, 'es.json'].toSorted())
    expect(readFileSync(join(target, 'es.json'), 'utf8')).toBe(
      readFileSync(join(source, 'mails/en.json'), 'utf8'),
    )
  })

  it('takes the operator’s file of a language that the program has too', () => {
    add('de')
    const target = join(work, 'pages')
    expect(compile(target)).toBe('')
    expect(readFileSync(join(target, 'de.json'), 'utf8')).toBe(
      readFileSync(join(source, 'pages/en.json'), 'utf8'),
    )
  })

  it('needs no folder of the operator', () => {
    rmSync(folder, { recursive: true })
    const target = join(work, 'pages')
    expect(compile(target)).toBe('')
    expect(readdirSync(target).toSorted()).toEqual(others.toSorted())
  })

  it('refuses a file in another encoding, and takes a byte order mark', () => {
    const texts = readFileSync(join(source, 'pages/en.json'), 'utf8')
    add('es')
    writeFileSync(join(folder, 'pages/es.json'), `\ufeff${texts}`)
    expect(compile(join(work, 'pages'))).toBe('')
    writeFileSync(join(folder, 'pages/es.json'), Buffer.from(texts.replace('Accept', 'Aceptación'), 'latin1'))
    expect(compile(join(work, 'pages'))).toMatch(/ {2}pages\/es\.json: .+ Expected JSON in UTF-8\.\n/)
  })

  it('reports all faults with file, message and expectation, and copies nothing', () => {
    add('pl')
    writeFileSync(join(folder, 'pages/es.json'), '{')
    writeFileSync(join(folder, 'mails/README.md'), '# Notes')
    const target = join(work, 'pages')
    const output = compile(target)
    expect(output).toMatch(/^The languages in languages are not valid:\n/)
    expect(output).toMatch(/ {2}pages\/es\.json: .+ Expected JSON in UTF-8\.\n/)
    expect(output).toContain(
      '  mails/es.json: missing. Expected a file in pages/ and in mails/ for each language.\n',
    )
    expect(output).toContain(
      '  mails/README.md: Unknown file. Expected files named after a language, such as es.json.\n',
    )
    expect(output).toContain('  mails/pl.json: digest.more: plural of {count} without few, many.')
    expect(existsSync(target)).toBe(false)
  })
})
