/** Schemas of text in input, and checks for other fields. */
import * as z from 'zod/mini'

/** A check whose failure is reported with `code`. */
export const rule = <T>(holds: (value: T) => boolean, code: string, message: string) =>
  z.refine<T>(holds, { message, params: { code } })

/** A code of a frozen list. */
export const listed = (codes: ReadonlySet<string>, expected: string) =>
  z.string().check(rule(code => codes.has(code), 'unknown-code', `must be ${expected}`))

/** Control characters, lone surrogates, and characters that change the direction of the text around them. */
const unfit = '\\p{Cc}\\p{Cs}\\u2028\\u2029\\u202a-\\u202e\\u2066-\\u2069'
const isVisible = (value: string) => /[^\p{C}\p{Z}]/u.test(value)
const visible = rule(isVisible, 'blank', 'must hold something to be seen')

/** Text of one line: line breaks would get into the headers and subjects of mails. */
export const text = (max: number) =>
  z
    .string()
    .check(
      z.trim(),
      z.minLength(1, { abort: true }),
      z.maxLength(max),
      z.regex(new RegExp(`^[^${unfit}]*$`, 'u'), 'must not hold control characters'),
      visible,
    )

/** A person's name, which greets them in mails: a link in it would be an abuse. */
export const personName = text(100).check(rule(name => !name.includes('://'), 'link', 'must not hold a link'))

/** Text of several lines: as `text`, with tabs and line breaks. */
export const prose = (max: number) =>
  z
    .string()
    .check(
      z.trim(),
      z.minLength(1, { abort: true }),
      z.maxLength(max),
      z.regex(new RegExp(`^(?:[^${unfit}]|[\\t\\r\\n])*$`, 'u'), 'must not hold control characters'),
      visible,
    )

/** For merge patches. */
export const changesSomething = rule<object>(
  patch => Object.keys(patch).length > 0,
  'empty',
  'must change something',
)

/** Limits the entries of a record, as `z.maxLength` limits those of a list. */
export const atMost = (max: number) =>
  rule<object>(record => Object.keys(record).length <= max, 'too-big', `must have at most ${max} entries`)
