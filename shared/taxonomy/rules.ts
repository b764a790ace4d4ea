import type { FieldError } from '../platform/contract.ts'
import type { Taxonomy, TaxonomyEntry } from './contract.ts'

const entries = (labels: Record<string, string>): TaxonomyEntry[] =>
  Object.entries(labels).map(([code, label]) => ({ code, label }))

const other: TaxonomyEntry = { code: 'other', label: 'Other', needsNotes: true }

/** The taxonomy of a fresh program. */
export const defaultTaxonomy: Taxonomy = {
  customerSizes: entries({
    '1-10': '1 to 10 people',
    '11-50': '11 to 50 people',
    '51-250': '51 to 250 people',
    '251-1000': '251 to 1,000 people',
    '1001-plus': 'More than 1,000 people',
  }),
  industries: entries({
    education: 'Education',
    energy: 'Energy and utilities',
    'financial-services': 'Financial services',
    government: 'Government',
    health: 'Health',
    hospitality: 'Hospitality and travel',
    manufacturing: 'Manufacturing',
    media: 'Media and communications',
    nonprofit: 'Non-profit',
    'professional-services': 'Professional services',
    retail: 'Retail and consumer goods',
    transport: 'Transport and logistics',
  }),
  products: entries({
    analytics: 'Analytics and reporting',
    'business-applications': 'Business applications',
    cloud: 'Cloud infrastructure',
    collaboration: 'Collaboration and office',
    crm: 'Customer relationship management',
    data: 'Data platform',
    erp: 'Enterprise resource planning',
    security: 'Security and identity',
  }),
  services: entries({
    consulting: 'Consulting',
    'custom-development': 'Custom development',
    deployment: 'Deployment and migration',
    hardware: 'Hardware',
    integration: 'Integration',
    licensing: 'Licensing',
    'managed-services': 'Managed services',
    training: 'Training and adoption',
  }),
  solutions: entries({
    'artificial-intelligence': 'Artificial intelligence',
    'backup-and-recovery': 'Backup and recovery',
    compliance: 'Compliance',
    'customer-service': 'Customer service',
    'e-commerce': 'E-commerce',
    'field-service': 'Field service',
    'human-resources': 'Human resources',
    'internet-of-things': 'Internet of things',
    'remote-work': 'Remote work',
    'supply-chain': 'Supply chain',
  }),
  declineReasons: [
    ...entries({
      budget: 'The budget does not fit',
      timeline: 'The timeline does not fit',
      'no-capacity': 'No capacity at present',
      'not-our-field': 'Not our field',
      'customer-unreachable': 'The customer could not be reached',
      'customer-chose-another': 'The customer chose another partner',
      'not-a-customer': 'Not a customer',
      misrouted: 'Sent to the wrong partner',
      duplicate: 'Already known to us',
      spam: 'Spam or abuse',
    }),
    other,
  ],
  lossReasons: [
    ...entries({
      budget: 'The budget did not fit',
      timeline: 'The timeline did not fit',
      competitor: 'The customer chose a competitor',
      'requirements-not-met': 'Requirements not met',
      'customer-unreachable': 'The customer could not be reached',
      'no-decision': 'The customer did not decide',
    }),
    other,
  ],
}

type Codes = Partial<Record<keyof Taxonomy, readonly string[]>>

/**
 * The codes that the taxonomy does not hold, as errors of the fields they stand in.
 * @param at the JSON pointer of the object whose lists are named after the taxonomy's
 */
export const unknownCodes = (taxonomy: Taxonomy, codes: Codes, at: string): FieldError[] =>
  (Object.keys(codes) as (keyof Taxonomy)[]).flatMap(list =>
    (codes[list] ?? []).flatMap((code, index) =>
      isKnown(taxonomy, list, code) ? [] : [unknownCode(taxonomy, list, code, `${at}/${list}/${index}`)],
    ),
  )

export const isKnown = (taxonomy: Taxonomy, list: keyof Taxonomy, code: string): boolean =>
  taxonomy[list].some(entry => entry.code === code)

export const unknownCode = (
  taxonomy: Taxonomy,
  list: keyof Taxonomy,
  code: string,
  pointer: string,
): FieldError => ({
  pointer,
  code: 'unknown-code',
  detail: `${code} is none of ${taxonomy[list].map(entry => entry.code).join(', ')}`,
})

/** What is wrong with a reason and its notes; `at` is the pointer of the object that holds both. */
export const reasonErrors = (
  taxonomy: Taxonomy,
  list: 'declineReasons' | 'lossReasons',
  { reason, notes }: { reason: string; notes?: string | undefined },
): FieldError[] => {
  const entry = taxonomy[list].find(({ code }) => code === reason)
  if (!entry) return [unknownCode(taxonomy, list, reason, '/reason')]
  if (entry.needsNotes && !notes)
    return [{ pointer: '/notes', code: 'required', detail: `the reason ${reason} needs notes` }]
  return []
}
