import { beforeAll, expect, it } from 'vitest'
import { type FailureRun, sweepFailures } from '../simulation/fault-sweep.ts'

let runs: FailureRun[]
beforeAll(async () => {
  runs = await sweepFailures()
})

it('every run ends in the same state, whichever AWS call fails', () => {
  expect(runs.filter(({ isRecovered }) => !isRecovered)).toEqual([])
  expect(runs.length).toBeGreaterThan(1500)
})

it('suggest-partners runs again until its message is in the queue of send-mail', () => {
  const suggestionRuns = runs.filter(({ runner }) => runner === 'suggest-partners')
  const operations = new Set(suggestionRuns.map(({ operation }) => operation))
  expect([...operations].toSorted()).toEqual(['BatchGet', 'Query', 'SendMessage'])
})

it('no mail is sent twice, unless SES accepts it and the write of its result fails', () => {
  expect(runs.filter(({ repeatedMails, isMailGap }) => repeatedMails > (isMailGap ? 1 : 0))).toEqual([])
})

it('no digest is sent twice, and a digest is lost only after it was recorded as sent', () => {
  const digestRuns = runs.filter(({ runner }) => runner === 'send-digests')
  expect(digestRuns.length).toBeGreaterThan(0)
  expect(digestRuns.filter(({ repeatedMails }) => repeatedMails > 0)).toEqual([])
  const lost = runs.filter(({ isDigestLost }) => isDigestLost)
  expect([...new Set(lost.map(({ operation }) => operation))].toSorted()).toEqual(['Put', 'SendRawEmail'])
})
