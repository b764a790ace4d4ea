import { beforeAll, expect, it } from 'vitest'
import { type Swept, sweepFaults } from '../simulation/fault-sweep.ts'

let swept: Swept[]
beforeAll(async () => {
  swept = await sweepFaults()
})

it('the state after recovery does not depend on which AWS call has failed', () => {
  expect(swept.filter(({ isRecovered }) => !isRecovered)).toEqual([])
  expect(swept.length).toBeGreaterThan(1500)
})

it('suggestions are searched and queued again until the queue of send-mail has them', () => {
  const suggestionFaults = swept.filter(({ runner }) => runner === 'suggest-partners')
  const operations = new Set(suggestionFaults.map(({ operation }) => operation))
  expect([...operations].toSorted()).toEqual(['BatchGet', 'Query', 'SendMessage'])
})

it('no mail is sent twice, unless SES accepted it and the record of that was lost', () => {
  expect(swept.filter(({ repeatedMails, isMailGap }) => repeatedMails > (isMailGap ? 1 : 0))).toEqual([])
})

it('no digest is sent twice, and a digest is lost only after it was recorded as sent', () => {
  const digestFaults = swept.filter(({ runner }) => runner === 'send-digests')
  expect(digestFaults.length).toBeGreaterThan(0)
  expect(digestFaults.filter(({ repeatedMails }) => repeatedMails > 0)).toEqual([])
  const lost = swept.filter(({ isDigestLost }) => isDigestLost)
  expect([...new Set(lost.map(({ operation }) => operation))].toSorted()).toEqual(['Put', 'SendRawEmail'])
})
