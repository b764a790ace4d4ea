import { createClient, ProblemError } from '../../shared/api/client/index.ts'

const baseUrl = process.env.BASE_URL ?? 'http://localhost:3000'

const customer = createClient({ baseUrl })
const { body: found } = await customer.call('searchDirectory', {
  query: { region: 'DE', products: ['erp'] },
})
const [partner] = found.items
if (!partner) throw new Error('No partner found. Start the program with the demo: npm start -- --fresh')
console.log(partner.name, partner.city)

const { body: rfi } = await customer.call('createRfi', {
  body: {
    customer: {
      company: 'Your Company',
      size: '51-250',
      address: { city: 'Berlin', country: 'DE' },
      contact: { firstName: 'Your', lastName: 'Name', email: 'you@example.com', locale: 'en' },
    },
    need: { summary: 'An ERP for one plant, live before summer.', products: ['erp'] },
    recipients: [{ profileId: partner.profileId, locationId: partner.locationId }],
    consent: { contact: true, share: true },
  },
})
console.log(rfi.status, rfi.recipients.length)

const response = await fetch(`${baseUrl}/_local/token`, {
  method: 'POST',
  body: JSON.stringify({ role: 'partner-user', partnerId: partner.partnerId }),
})
const { accessToken } = (await response.json()) as { accessToken: string }
const member = createClient({ baseUrl, token: accessToken })

for await (const page of member.pages('listReferrals', { query: { stage: 'inbox' } }))
  for (const { customer, status } of page.items) console.log(status, customer.company)

const params = { referralId: rfi.recipients[0]?.referralId ?? '' }
const { etag } = await member.call('getReferral', { params })
const { body: accepted } = await member.call('acceptReferral', {
  params,
  ifMatch: etag,
  body: {
    name: 'ERP for one plant',
    estimatedValue: { amount: 80_000, currency: 'EUR' },
    estimatedCloseDate: '2099-06-30',
  },
})
console.log(accepted.status, accepted.deal?.name)

try {
  await member.call('declineReferral', { params, ifMatch: etag, body: { reason: 'no-capacity' } })
} catch (error) {
  if (!(error instanceof ProblemError)) throw error
  console.log(error.status, error.code)
}
