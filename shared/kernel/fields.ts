/** Schemas of text in input, and checks for other fields. */
import * as z from 'zod/mini'
import { foldLine, foldMachineText, foldProse, isVisible } from '../text/folding.ts'
import { maxTyped, type Reading } from '../text/reading.ts'
import { describeSchema } from './documentation.ts'
import type { CommonFaultCode } from './faults.ts'

/**
 * A check whose failure is reported as a common fault. Its parameters are the fault's own ones; `value`, which most
 * messages of such faults quote, is the text or number that was checked.
 */
export const rule = <T>(
  holds: (value: T) => boolean,
  code: CommonFaultCode,
  paramsOf: (value: T) => Readonly<Record<string, number | string>> = () => ({}),
) => z.refine<T>(holds, { params: { code, paramsOf } })

/**
 * Limits a check to texts and lists. The checks of zod also run on other values that have a `length`, such as the object
 * `{ "length": {} }`, whose type is already wrong, and fail with a TypeError if its `length` is no number.
 */
const ofTextOrList = <Check extends z.core.$ZodCheckMaxLength | z.core.$ZodCheckMinLength>(
  check: Check,
): Check => {
  check._zod.def.when = ({ value }) => typeof value === 'string' || Array.isArray(value)
  return check
}

interface LengthParams {
  readonly abort?: boolean
}

/** As `z.maxLength`, but only for texts and lists. */
export const maxLength = (max: number, params?: LengthParams) => ofTextOrList(z.maxLength(max, params))

/** As `z.minLength`, but only for texts and lists. */
export const minLength = (min: number, params?: LengthParams) => ofTextOrList(z.minLength(min, params))

/** U+FFFD stands for bytes that were not UTF-8. The bytes are lost before a function sees the body. */
const utf8 = z.refine<string>(value => !value.includes('\ufffd'), {
  abort: true,
  params: { code: 'not-utf-8' satisfies CommonFaultCode },
})

/** Text for machines, such as codes and ids. It is folded before further checks see it. */
export const folded = () => z.string().check(utf8, z.overwrite(foldMachineText))

/** Text that a function reads from what people typed. Faults of the function are common faults. */
export const readable = <Code extends CommonFaultCode>(read: (typed: string) => Reading<Code>) =>
  z.string().check(utf8, maxLength(maxTyped, { abort: true }), payload => {
    const reading = read(payload.value)
    if ('stored' in reading) {
      payload.value = reading.stored
      return
    }
    const { fault: code, params = {} } = reading
    payload.issues.push({ code: 'custom', input: payload.value, params: { code, paramsOf: () => params } })
  })

/** A code of a frozen list, in upper or lower case. */
export const listed = (codes: ReadonlySet<string>, code: 'unknown-country') =>
  folded().check(
    z.toUpperCase(),
    rule(value => codes.has(value), code),
  )

/** Control characters, lone surrogates, and code points that Unicode reserves for internal use (noncharacters). */
const unfit = '\\p{Cc}\\p{Cs}\\p{Noncharacter_Code_Point}\\u2028\\u2029'
export const visible = rule(isVisible, 'blank')
export const oneLine = z.regex(
  new RegExp(`^[^${unfit}]*$`, 'u'),
  'text of one line, without control characters',
)

/** Text of one line: line breaks would get into the headers and subjects of mails. */
export const text = (max: number) =>
  z
    .string()
    .check(utf8, z.overwrite(foldLine), minLength(1, { abort: true }), maxLength(max), oneLine, visible)

/** A person's name, which greets them in mails: a link in it would be an abuse. */
export const personName = text(100).check(rule(name => !name.includes('://'), 'link-in-name'))

/** Text of several lines: as `text`, with tabs and line breaks. */
export const prose = (max: number) =>
  z
    .string()
    .check(
      utf8,
      z.overwrite(foldProse),
      minLength(1, { abort: true }),
      maxLength(max),
      z.regex(new RegExp(`^(?:[^${unfit}]|[\\t\\n])*$`, 'u'), 'text without control characters'),
      visible,
    )

/**
 * Checks that a number can be stored. DynamoDB takes 0 and magnitudes from 1e-130 to below 1e126, with up to 38 digits; a
 * number of JSON has at most 17 (docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html).
 */
export const storable = rule<number>(
  value => value === 0 || (Math.abs(value) >= 1e-130 && Math.abs(value) < 1e126),
  'not-storable',
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
export const share = z.number().check(z.gte(0), z.lte(1), storable)
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
        z.string().check(maxLength(1000)),
        z.transform((joined: string) => joined.split(',')),
      ),
      z.array(value).check(maxLength(max)),
    ),
  )
