import { expect, test } from 'vitest'
import { editDistance } from '../../shared/text/edit-distance.ts'

test.each([
  ['erp', 'erp', 0],
  ['epr', 'erp', 1],
  ['er', 'erp', 1],
  ['errp', 'erp', 1],
  ['crm', 'erp', 2],
  ['', 'erp', 3],
  ['erp', '', 3],
  ['consluting', 'consulting', 1],
  ['x'.repeat(64), 'y'.repeat(64), 64],
])('editDistance between %j and %j is %i', (from, to, distance) => {
  expect(editDistance(from, to)).toBe(distance)
  expect(editDistance(to, from)).toBe(distance)
})
