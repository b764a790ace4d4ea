/**
 * Runs the tables of `test/fixtures/inputs`: what people type and paste, with the value that is stored or the code of the
 * fault, and the source of the decision. Each file is a kind of field.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import type * as z from 'zod/mini'
import { faultsOf, parseOptions } from '../../functions/http/faults-of-issues.ts'
import { countryCode, taxonomyCode } from '../../shared/kernel/codes.ts'
import { personName, prose, share, text } from '../../shared/kernel/fields.ts'
import { formats } from '../../shared/kernel/formats.ts'
import { partnerId } from '../../shared/kernel/ids.ts'
import { date, duration, instant, localTime } from '../../shared/kernel/instants.ts'
import { money } from '../../shared/kernel/money.ts'
import {
  email,
  newPerson,
  phone,
  postalAddress,
  secureAddress,
  webAddress,
} from '../../shared/kernel/person.ts'
import { profileOperations } from '../../shared/partners/contract.ts'

const { locations } = profileOperations.putProfile.body.shape
const { latitude } = locations._zod.def.innerType._zod.def.element.shape.coordinates._zod.def.innerType.shape

/** The schema of each kind of field. */
const schemas: Readonly<Record<string, z.ZodMiniType>> = {
  address: postalAddress,
  country: countryCode,
  date,
  duration,
  email,
  'image-address': secureAddress,
  instant,
  latitude,
  'local-time': localTime,
  money,
  'partner-id': partnerId,
  person: newPerson,
  'person-name': personName,
  phone,
  prose: prose(4000),
  share,
  'taxonomy-code': taxonomyCode,
  text: text(200),
  'web-address': webAddress,
}

interface Row {
  readonly input: unknown
  readonly stored?: unknown
  readonly fault?: string
  readonly source: string
}

const folder = new URL('../fixtures/inputs/', import.meta.url)
const files = readdirSync(folder).toSorted()
const rowsIn = (file: string): Row[] => JSON.parse(readFileSync(new URL(file, folder), 'utf8'))

const read = (schema: z.ZodMiniType, input: unknown) => {
  const result = schema.safeParse(input, parseOptions)
  return result.success
    ? { stored: result.data }
    : { faults: result.error.issues.flatMap(issue => faultsOf(issue, '')) }
}

it('there is a table for each kind of field, with at least 400 inputs in all', () => {
  expect(files).toEqual(
    Object.keys(schemas)
      .map(kind => `${kind}.json`)
      .toSorted(),
  )
  expect(files.flatMap(rowsIn).length).toBeGreaterThanOrEqual(400)
})

describe.each(files.map(file => file.replace('.json', '')))('the field %s', kind => {
  const schema = schemas[kind] as z.ZodMiniType

  it.each(rowsIn(`${kind}.json`))('reads $input as the table says ($source)', ({ input, stored, fault }) => {
    const result = read(schema, input)
    if (fault !== undefined) {
      expect(result.faults?.map(({ code }) => code)).toContain(fault)
      for (const { code, params } of result.faults ?? [])
        if (code === 'invalid-format') expect(Object.keys(formats)).toContain(params.format)
      return
    }
    expect(result).toEqual(
      kind === 'person' ? { stored: expect.objectContaining(stored as object) } : { stored },
    )
    expect(read(schema, result.stored)).toEqual(result)
  })
})
