/**
 * The forms of the request page, and their outcomes. The schema of the operation that a form calls reads its fields, so that
 * no text of any form and length reaches a key of the table.
 */
import {
  asPartnerId,
  asReferralId,
  type PartnerId,
  type ProfileId,
  type ReferralId,
  referralId,
} from '../../kernel/ids.ts'
import { email } from '../../kernel/person.ts'
import { rfiOperations } from '../../referrals/contract.ts'

/** The form fields as a browser sends them. */
export type RequestInput = Readonly<Record<string, string>>

const { addRecipients } = rfiOperations

const unknownForm = { kind: 'unknown' } as const

/** Values of the choice that are not a referral. */
export const otherChoices = ['elsewhere', 'none'] as const
type OtherChoice = (typeof otherChoices)[number]

/** `version` is the version of the RFI that the page showed. A form for an older version changes nothing. */
export type RequestForm =
  | {
      readonly kind: 'send-on'
      readonly version: number
      readonly recipient: { readonly profileId: ProfileId; readonly locationId: string }
    }
  | { readonly kind: 'withdraw'; readonly version: number; readonly isSure: boolean }
  | {
      readonly kind: 'choose'
      readonly version: number
      /** Undefined if nothing was selected. */
      readonly choice: { readonly referralId: ReferralId } | { readonly outcome: OtherChoice } | undefined
    }
  | { readonly kind: 'deny-win' | 'dismiss'; readonly version: number; readonly referralId: ReferralId }
  | { readonly kind: 'reopen'; readonly version: number; readonly referralIds: readonly ReferralId[] }
  /** `email` is undefined if the text is no email address. */
  | { readonly kind: 'correct-address'; readonly version: number; readonly email: string | undefined }
  | { readonly kind: 'unknown' }

/** Checkboxes of partners have this name and a number, because fields of the same name replace each other. */
export const againField = (index: number): string => `again-${index}`

type Reader = (input: RequestInput, version: number) => RequestForm

const readers: ReadonlyMap<string, Reader> = new Map<string, Reader>([
  ['withdraw', ({ sure }, version) => ({ kind: 'withdraw', version, isSure: sure === 'yes' })],
  [
    'ask',
    ({ profileId, locationId }, version) => {
      const body = addRecipients.body.safeParse({ recipients: [{ profileId, locationId }] })
      const [recipient] = body.data?.recipients ?? []
      return recipient ? { kind: 'send-on', version, recipient } : unknownForm
    },
  ],
  ['choose', ({ choice }, version) => readChoice(choice, version)],
  [
    'deny-win',
    (input, version) => withReferral(input, id => ({ kind: 'deny-win', version, referralId: id })),
  ],
  ['dismiss', (input, version) => withReferral(input, id => ({ kind: 'dismiss', version, referralId: id }))],
  ['reopen', (input, version) => ({ kind: 'reopen', version, referralIds: selectedIn(input) })],
  [
    'correct-address',
    (input, version) => ({ kind: 'correct-address', version, email: email.safeParse(input.email).data }),
  ],
])

const readChoice = (value: string | undefined, version: number): RequestForm => {
  if (!value) return { kind: 'choose', version, choice: undefined }
  const outcome = otherChoices.find(other => other === value)
  if (outcome) return { kind: 'choose', version, choice: { outcome } }
  return withReferral({ referralId: value }, id => ({ kind: 'choose', version, choice: { referralId: id } }))
}

const withReferral = (input: RequestInput, form: (id: ReferralId) => RequestForm): RequestForm => {
  const { data } = referralId.safeParse(input.referralId)
  return data ? form(data) : unknownForm
}

const selectedIn = (input: RequestInput): ReferralId[] => [
  ...new Set(
    Object.entries(input).flatMap(([name, value]) => {
      const { data } = referralId.safeParse(value)
      return /^again-\d+$/.test(name) && data ? [data] : []
    }),
  ),
]

export const readRequestForm = (input: RequestInput): RequestForm =>
  readers.get(input.do ?? '')?.(input, Number(input.version)) ?? unknownForm

/**
 * `unsure`: the box was not ticked. `unchosen`, `unselected`: no answer or no partner was selected. `invalid-address`: the
 * text is no email address. `changed`: the RFI has changed since. `final`: the choice can no longer be changed. `refused`: not possible now.
 */
const plainOutcomes = [
  'withdrawn',
  'chosen',
  'reopened',
  'address-saved',
  'unsure',
  'unchosen',
  'unselected',
  'invalid-address',
  'changed',
  'final',
  'refused',
] as const
const outcomesOfReferral = ['denied', 'dismissed'] as const

export type RequestOutcome =
  | { readonly kind: 'sent-on'; readonly partnerId: PartnerId }
  | { readonly kind: (typeof outcomesOfReferral)[number]; readonly referralId: ReferralId }
  | { readonly kind: (typeof plainOutcomes)[number] }

/** Encodes an outcome for the address of the page. */
export const writeOutcome = (outcome: RequestOutcome): string => {
  if (outcome.kind === 'sent-on') return outcome.partnerId
  return 'referralId' in outcome ? `${outcome.kind} ${outcome.referralId}` : outcome.kind
}

export const readOutcome = (text: string | undefined): RequestOutcome | undefined => {
  if (text === undefined) return undefined
  const [name, referralId = ''] = text.split(' ')
  const about = outcomesOfReferral.find(known => known === name)
  if (about) return { kind: about, referralId: asReferralId(referralId) }
  const kind = plainOutcomes.find(known => known === text)
  return kind ? { kind } : { kind: 'sent-on', partnerId: asPartnerId(text) }
}
