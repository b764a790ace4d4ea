/** Data of the demo program: its partners, and the RFIs of the last month with their answers. */

export interface DemoProfile {
  readonly region: string
  readonly language: string
  readonly headline: string
  readonly cities: readonly string[]
}

export interface DemoPartner {
  readonly slug: string
  readonly name: string
  readonly products: readonly string[]
  readonly services: readonly string[]
  readonly industries: readonly string[]
  readonly customerSizes: readonly string[]
  readonly keywords: readonly string[]
  readonly preferences?: object
  readonly profiles: readonly DemoProfile[]
  /** Addresses of contacts who have left: mail to them bounces. */
  readonly left?: readonly string[]
}

const small = ['1-10', '11-50', '51-250']
const middle = ['11-50', '51-250', '251-1000']
const large = ['51-250', '251-1000', '1001-plus']

const profile = (
  region: string,
  language: string,
  headline: string,
  ...cities: readonly string[]
): DemoProfile => ({
  region,
  language,
  headline,
  cities,
})

export const demoPartners: readonly DemoPartner[] = [
  {
    slug: 'spreewerk',
    name: 'Spreewerk Systeme',
    products: ['erp', 'business-applications'],
    services: ['consulting', 'deployment'],
    industries: ['manufacturing', 'transport'],
    customerSizes: large,
    keywords: [
      'production planning',
      'shop floor',
      'quality management',
      'spare parts',
      'batch traceability',
    ],
    preferences: { minDealValue: { amount: 20_000, currency: 'EUR' }, excludedKeywords: ['web shop'] },
    profiles: [
      profile('DE', 'de', 'ERP for manufacturers, live in 90 days', 'Berlin', 'Leipzig', 'Hamburg'),
      profile('AT', 'de', 'ERP for manufacturers, also in Austria', 'Vienna', 'Graz'),
    ],
  },
  {
    slug: 'isar-cloud',
    name: 'Isar Cloud',
    products: ['cloud', 'security'],
    services: ['deployment', 'managed-services'],
    industries: ['financial-services', 'health'],
    customerSizes: middle,
    keywords: ['server migration', 'hospital IT', 'backup', 'zero trust', 'weekend move'],
    preferences: { maxOpenReferrals: 40 },
    profiles: [profile('DE', 'de', 'Your servers moved over a weekend', 'Munich', 'Nuremberg')],
  },
  {
    slug: 'rheindaten',
    name: 'Rheindaten',
    products: ['data', 'analytics'],
    services: ['consulting', 'custom-development'],
    industries: ['retail', 'media'],
    customerSizes: large,
    keywords: ['data warehouse', 'forecasting', 'dashboards', 'retail analytics'],
    profiles: [profile('DE', 'de', 'From spreadsheets to answers', 'Cologne', 'Frankfurt')],
  },
  {
    slug: 'alpenblick',
    name: 'Alpenblick Informatik',
    products: ['crm', 'collaboration'],
    services: ['consulting', 'training'],
    industries: ['hospitality', 'professional-services'],
    customerSizes: small,
    keywords: ['call centre', 'hotel booking', 'newsletter', 'dispatch'],
    profiles: [profile('CH', 'de', 'Customer service that scales', 'Zurich', 'Bern', 'Basel')],
  },
  {
    slug: 'atelier-nuage',
    name: 'Atelier Nuage',
    products: ['cloud', 'data'],
    services: ['deployment', 'integration'],
    industries: ['retail', 'government'],
    customerSizes: large,
    keywords: ['stock in real time', 'public procurement', 'sovereign cloud', 'point of sale'],
    preferences: { excludedIndustries: ['energy'] },
    profiles: [
      profile('FR', 'fr', 'Cloud for public bodies and retail', 'Paris', 'Lyon', 'Nantes'),
      profile('CH', 'fr', 'Cloud for French-speaking Switzerland', 'Geneva', 'Lausanne'),
    ],
  },
  {
    slug: 'garonne-conseil',
    name: 'Garonne Conseil',
    products: ['erp', 'crm'],
    services: ['consulting', 'licensing'],
    industries: ['manufacturing', 'energy'],
    customerSizes: small,
    keywords: ['winery', 'workshop', 'invoicing', 'maintenance'],
    profiles: [profile('FR', 'fr', 'ERP for workshops and vineyards', 'Bordeaux', 'Toulouse')],
  },
  {
    slug: 'harbour-data',
    name: 'Harbour Data',
    products: ['data', 'analytics', 'security'],
    services: ['consulting', 'managed-services'],
    industries: ['financial-services', 'government'],
    customerSizes: large,
    keywords: ['audit trail', 'claims', 'regulatory reporting', 'data lineage'],
    preferences: { minDealValue: { amount: 50_000, currency: 'GBP' } },
    profiles: [profile('GB', 'en-GB', 'Data platforms that pass audits', 'London', 'Bristol', 'Leeds')],
  },
  {
    slug: 'pennine-apps',
    name: 'Pennine Apps',
    products: ['business-applications', 'crm'],
    services: ['custom-development', 'training'],
    industries: ['nonprofit', 'education'],
    customerSizes: [],
    keywords: ['donations', 'membership', 'school administration', 'volunteers'],
    profiles: [profile('GB', 'en-GB', 'Apps for charities and schools', 'Manchester', 'Sheffield')],
  },
  {
    slug: 'cascade-partners',
    name: 'Cascade Partners',
    products: ['cloud', 'security', 'collaboration'],
    services: ['deployment', 'managed-services'],
    industries: ['health', 'education'],
    customerSizes: large,
    keywords: ['secure messaging', 'clinics', 'identity', 'remote care'],
    profiles: [profile('US', 'en-US', 'Secure collaboration for clinics', 'Seattle', 'Portland', 'Denver')],
  },
  {
    slug: 'bluegrass-systems',
    name: 'Bluegrass Systems',
    products: ['erp', 'analytics'],
    services: ['consulting', 'integration'],
    industries: ['manufacturing', 'transport'],
    customerSizes: middle,
    keywords: ['downtime', 'machine data', 'casting', 'overall equipment effectiveness'],
    profiles: [profile('US', 'en-US', 'Shop-floor data you can trust', 'Louisville', 'Nashville')],
  },
  {
    slug: 'huangpu-digital',
    name: 'Huangpu Digital',
    products: ['cloud', 'crm'],
    services: ['integration', 'custom-development'],
    industries: ['retail', 'manufacturing'],
    customerSizes: large,
    keywords: ['mini program', 'omnichannel', 'tills', 'loyalty'],
    profiles: [profile('CN', 'zh-Hans', 'Retail platforms across channels', 'Shanghai', 'Shenzhen')],
  },
  {
    slug: 'amstel-software',
    name: 'Amstel Software',
    products: ['business-applications', 'data'],
    services: ['custom-development', 'integration'],
    industries: ['transport', 'energy'],
    customerSizes: small,
    keywords: ['slot booking', 'terminal', 'track and trace', 'route planning'],
    profiles: [profile('NL', 'nl', 'Logistics software that fits', 'Amsterdam', 'Rotterdam')],
    left: ['sales.amsterdam@amstel-software.example', 'service.amsterdam@amstel-software.example'],
  },
]

interface DemoCustomer {
  readonly company: string
  readonly size: string
  readonly city: string
  readonly country: string
  readonly locale: string
}

const customer = (
  company: string,
  size: string,
  city: string,
  country: string,
  locale: string,
): DemoCustomer => ({
  company,
  size,
  city,
  country,
  locale,
})

/** A step of a partner, a number of days after the referral was received. A referral without steps expires after 14 days. */
export type DemoStep =
  | { readonly after: number; readonly does: 'accept'; readonly deal: string; readonly amount: number }
  | { readonly after: number; readonly does: 'decline'; readonly reason: string }
  | { readonly after: number; readonly does: 'extend'; readonly reason: string }
  | { readonly after: number; readonly does: 'win' }
  | { readonly after: number; readonly does: 'lose' }
  | { readonly after: number; readonly does: 'reopen' }

export interface DemoRfi {
  readonly daysAgo: number
  readonly customer: DemoCustomer
  readonly summary: string
  readonly products: readonly string[]
  readonly budget?: { readonly amount: number; readonly currency: string }
  readonly directContact?: true
  readonly source?:
    | { readonly channel: 'campaign'; readonly campaignId: string }
    | { readonly channel: 'sales-agent' }
  readonly withdrawnAfter?: number
  /** Steps of the partners, by partner and region, such as `spreewerk.DE`. */
  readonly to: Readonly<Record<string, readonly DemoStep[]>>
}

/**
 * With these steps, the visibilities of the three German partners differ by at least 0.04, so that docs/guide can print
 * their order: observations count less with age, which changes a visibility by up to 0.01 in the course of a month.
 */
export const demoRfis: readonly DemoRfi[] = [
  {
    daysAgo: 29,
    customer: customer('Havelland Getriebe', '251-1000', 'Potsdam', 'DE', 'de'),
    summary: 'We look for an ERP for two plants with 300 people; today each has its own.',
    products: ['erp'],
    budget: { amount: 180_000, currency: 'EUR' },
    to: {
      'spreewerk.DE': [
        { after: 0.5, does: 'accept', deal: 'ERP for two plants', amount: 165_000 },
        { after: 21, does: 'win' },
      ],
      'rheindaten.DE': [],
      'isar-cloud.DE': [
        { after: 14.5, does: 'reopen' },
        { after: 15, does: 'decline', reason: 'budget' },
      ],
    },
  },
  {
    daysAgo: 27,
    customer: customer('Maison Rivoli', '51-250', 'Paris', 'FR', 'fr'),
    summary: 'Our shops need one view of stock, online and in store.',
    products: ['data', 'cloud'],
    source: { channel: 'campaign', campaignId: 'autumn-retail' },
    to: {
      'atelier-nuage.FR': [
        { after: 1, does: 'accept', deal: 'One view of stock', amount: 90_000 },
        { after: 18, does: 'lose' },
      ],
      'garonne-conseil.FR': [],
    },
  },
  {
    daysAgo: 20,
    customer: customer('Thames Mutual', '1001-plus', 'London', 'GB', 'en-GB'),
    summary: 'A data platform for claims, with an audit trail that our regulator accepts.',
    products: ['data', 'security'],
    budget: { amount: 400_000, currency: 'GBP' },
    source: { channel: 'sales-agent' },
    to: {
      'harbour-data.GB': [{ after: 0.3, does: 'accept', deal: 'Claims data platform', amount: 380_000 }],
      'pennine-apps.GB': [{ after: 3, does: 'decline', reason: 'no-capacity' }],
    },
  },
  {
    daysAgo: 16,
    customer: customer('Puget Clinics', '251-1000', 'Tacoma', 'US', 'en-US'),
    summary: 'Secure messaging between six clinics.',
    products: ['collaboration', 'security'],
    withdrawnAfter: 2,
    to: {
      'cascade-partners.US': [],
      'bluegrass-systems.US': [{ after: 1, does: 'decline', reason: 'not-our-field' }],
    },
  },
  {
    daysAgo: 9,
    customer: customer('Kanton Logistik', '51-250', 'Winterthur', 'CH', 'de'),
    summary: 'Our dispatchers need a CRM that shows calls and deliveries in one place.',
    products: ['crm'],
    to: {
      'alpenblick.CH': [{ after: 1.5, does: 'accept', deal: 'CRM for dispatch', amount: 60_000 }],
      'atelier-nuage.CH': [
        { after: 3, does: 'extend', reason: 'Our CRM architect is back from leave next week.' },
      ],
    },
  },
  {
    daysAgo: 5,
    customer: customer('Pudong Home', '251-1000', 'Shanghai', 'CN', 'zh-Hans'),
    summary: 'Integrate our web shop with the stores’ tills before the spring season.',
    products: ['crm', 'cloud'],
    directContact: true,
    to: { 'huangpu-digital.CN': [] },
  },
  {
    daysAgo: 2,
    customer: customer('Maasvlakte Freight', '11-50', 'Rotterdam', 'NL', 'nl'),
    summary: 'Slot booking for trucks, with a data feed to the terminal.',
    products: ['business-applications'],
    to: { 'amstel-software.NL': [] },
  },
  {
    daysAgo: 1,
    customer: customer('Uckermark Klinik', '251-1000', 'Prenzlau', 'DE', 'de'),
    summary: 'Our server room is at its end. We need an offer for a move to the cloud, soon.',
    products: ['cloud'],
    budget: { amount: 75_000, currency: 'EUR' },
    directContact: true,
    to: { 'isar-cloud.DE': [], 'spreewerk.DE': [] },
  },
  {
    daysAgo: 0.2,
    customer: customer('Kentucky Castings', '51-250', 'Lexington', 'US', 'en-US'),
    summary: 'We want downtime per machine on one screen.',
    products: ['analytics'],
    source: { channel: 'campaign', campaignId: 'factory-floor' },
    to: { 'bluegrass-systems.US': [], 'cascade-partners.US': [] },
  },
]
