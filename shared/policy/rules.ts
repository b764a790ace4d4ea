import type { Policy } from './contract.ts'

/**
 * The policy of a fresh program. 14 days, 72 hours and 24 hours are the founding document's numbers
 * (Microsoft Partner Center, "Respond to referrals", May 2019); the rest are ours.
 */
export const defaultPolicy: Policy = {
  version: 1,
  responseTime: 'P14D',
  longestResponseTime: 'P90D',
  recommendedAnswerTime: 'PT24H',
  urgentTime: 'PT72H',
  mostRecipients: 5,
  trackingTime: 'P400D',
}
