import { beforeAll, describe, expect, it } from 'vitest'
import { budgets, classes } from '../../bench/budgets.ts'
import { bundlesIn, sizeOf } from '../../bench/bundles.ts'
import { synthesizeTemplate, templateDir } from '../integration/cloud.ts'

let bytes: Map<string, number>

beforeAll(async () => {
  await synthesizeTemplate()
  bytes = new Map(bundlesIn(templateDir).map(({ name, file }) => [name, sizeOf(file).bytes]))
})

describe('the bundle of a function', () => {
  it('has a class of budgets', () => {
    expect([...bytes.keys()].toSorted()).toEqual(Object.keys(classes).toSorted())
  })

  it.each(Object.entries(classes))('%s is within the size budget of its class, %s', (name, itsClass) => {
    expect(bytes.get(name)).toBeGreaterThan(0)
    expect(bytes.get(name)).toBeLessThanOrEqual(budgets[itsClass].bytes)
  })
})
