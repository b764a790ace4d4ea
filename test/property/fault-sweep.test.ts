import { expect, it } from 'vitest'
import { sweepFaults } from '../simulation/fault-sweep.ts'

it('leaves the same behind whichever call to AWS fails, and sends no mail twice but in the gap of SES', async () => {
  const swept = await sweepFaults()
  expect(swept.filter(({ isRecovered }) => !isRecovered)).toEqual([])
  expect(swept.filter(({ repeatedMails, isMailGap }) => repeatedMails !== (isMailGap ? 1 : 0))).toEqual([])
  expect(swept.length).toBeGreaterThan(500)
}, 180_000)
