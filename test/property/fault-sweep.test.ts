import { beforeAll, expect, it } from 'vitest'
import { type Swept, sweepFaults } from '../simulation/fault-sweep.ts'

let swept: Swept[]
beforeAll(async () => {
  swept = await sweepFaults()
})

it('the state after recovery is the same whichever call to AWS fails', () => {
  expect(swept.filter(({ isRecovered }) => !isRecovered)).toEqual([])
  expect(swept.length).toBeGreaterThan(1500)
})

it('finds suggestions again, and hands them on again, until send-mail has them', () => {
  const ofSuggestions = swept.filter(({ runner }) => runner === 'suggest-partners')
  const operations = new Set(ofSuggestions.map(({ operation }) => operation))
  expect([...operations].toSorted()).toEqual(['BatchGet', 'Query', 'SendMessage'])
})

it('sends no mail twice, but where SES took it and the record of that was lost', () => {
  expect(swept.filter(({ repeatedMails, isMailGap }) => repeatedMails > (isMailGap ? 1 : 0))).toEqual([])
})

it('sends no digest twice, and loses one only once it is written down as sent', () => {
  const ofDigests = swept.filter(({ runner }) => runner === 'send-digests')
  expect(ofDigests.length).toBeGreaterThan(0)
  expect(ofDigests.filter(({ repeatedMails }) => repeatedMails > 0)).toEqual([])
  const lost = swept.filter(({ isDigestLost }) => isDigestLost)
  expect([...new Set(lost.map(({ operation }) => operation))].toSorted()).toEqual(['Put', 'SendRawEmail'])
})
