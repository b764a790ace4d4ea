/** Schemas of text in input, and checks for other fields. */
import * as z from 'zod/mini'
import { describeSchema } from './documentation.ts'
import type { CommonFaultCode } from './faults.ts'

/**
 * A check whose failure is reported as a common fault. Its parameters are the fault's own ones; `value`, which most
 * messages of such faults quote, is the text or number that was checked.
 */
export const rule = <T>(
  holds: (value: T) => boolean,
  code: CommonFaultCode,
  paramsOf: (value: T) => Readonly<Record<string, number>> = () => ({}),
) => z.refine<T>(holds, { params: { code, paramsOf } })

/** A code of a frozen list. */
export const listed = (codes: ReadonlySet<string>, code: 'unknown-country' | 'unknown-currency') =>
  z.string().check(rule(value => codes.has(value), code))

/** Control characters, lone surrogates, and characters that change the direction of the text around them. */
const unfit = '\\p{Cc}\\p{Cs}\\u2028\\u2029\\u202a-\\u202e\\u2066-\\u2069'
const isVisible = (value: string) => /[^\p{C}\p{Z}]/u.test(value)
const visible = rule(isVisible, 'blank')

/** Text of one line: line breaks would get into the headers and subjects of mails. */
export const text = (max: number) =>
  z
    .string()
    .check(
      z.trim(),
      z.minLength(1, { abort: true }),
      z.maxLength(max),
      z.regex(new RegExp(`^[^${unfit}]*$`, 'u'), 'text of one line, without control characters'),
      visible,
    )

/** A person's name, which greets them in mails: a link in it would be an abuse. */
export const personName = text(100).check(rule(name => !name.includes('://'), 'link-in-name'))

/** Text of several lines: as `text`, with tabs and line breaks. */
export const prose = (max: number) =>
  z
    .string()
    .check(
      z.trim(),
      z.minLength(1, { abort: true }),
      z.maxLength(max),
      z.regex(new RegExp(`^(?:[^${unfit}]|[\\t\\r\\n])*$`, 'u'), 'text without control characters'),
      visible,
    )

/** For merge patches. */
export const changesSomething = rule<object>(patch => Object.keys(patch).length > 0, 'no-change')

/** Limits the entries of a record, as `z.maxLength` limits those of a list. */
export const atMost = (max: number) =>
  rule<object>(
    record => Object.keys(record).length <= max,
    'too-many',
    record => ({ actual: Object.keys(record).length, maximum: max }),
  )

/** A part of a whole. */
export const share = z.number().check(z.gte(0), z.lte(1))
/* @__PURE__ */ describeSchema(share, {
  name: 'Share',
  description: 'A number from 0 to 1.',
  example: 0.5,
})

/** A list in one query parameter, separated by commas. API Gateway joins repeated parameters the same way. */
export const parameterList = <T extends string>(value: z.ZodMiniType<T, string>, max: number) =>
  z.optional(
    z.pipe(
      z.pipe(
        z.string().check(z.maxLength(1000)),
        z.transform((joined: string) => joined.split(',')),
      ),
      z.array(value).check(z.maxLength(max)),
    ),
  )
