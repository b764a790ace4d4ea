/** The forms of the request page, and their outcomes. */
import {
  asPartnerId,
  asProfileId,
  asReferralId,
  type PartnerId,
  type ProfileId,
  type ReferralId,
} from '../../kernel/ids.ts'
import { email } from '../../kernel/person.ts'

/** The form fields as a browser sends them. */
export type RequestInput = Readonly<Record<string, string>>

/** Values of the choice that are not a referral. */
export const otherChoices = ['elsewhere', 'none'] as const
type OtherChoice = (typeof otherChoices)[number]

/** `version` is the version of the RFI that the page showed. A form for an older version changes nothing. */
export type RequestForm =
  | {
      readonly kind: 'send-on'
      readonly version: number
      readonly profileId: ProfileId
      readonly locationId: string
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
    ({ profileId, locationId = '' }, version) =>
      profileId
        ? { kind: 'send-on', version, profileId: asProfileId(profileId), locationId }
        : { kind: 'unknown' },
  ],
  ['choose', ({ choice }, version) => ({ kind: 'choose', version, choice: readChoice(choice) })],
  ['deny-win', (input, version) => ({ kind: 'deny-win', version, referralId: referralIn(input) })],
  ['dismiss', (input, version) => ({ kind: 'dismiss', version, referralId: referralIn(input) })],
  ['reopen', (input, version) => ({ kind: 'reopen', version, referralIds: selectedIn(input) })],
  [
    'correct-address',
    (input, version) => ({ kind: 'correct-address', version, email: email.safeParse(input.email).data }),
  ],
])

const readChoice = (value: string | undefined): (RequestForm & { kind: 'choose' })['choice'] => {
  if (!value) return undefined
  const outcome = otherChoices.find(other => other === value)
  return outcome ? { outcome } : { referralId: asReferralId(value) }
}

const referralIn = ({ referralId = '' }: RequestInput): ReferralId => asReferralId(referralId)

const selectedIn = (input: RequestInput): ReferralId[] => [
  ...new Set(
    Object.entries(input).flatMap(([name, value]) =>
      /^again-\d+$/.test(name) && value ? [asReferralId(value)] : [],
    ),
  ),
]

export const readRequestForm = (input: RequestInput): RequestForm =>
  readers.get(input.do ?? '')?.(input, Number(input.version)) ?? { kind: 'unknown' }

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
