/** The forms of the request page, and their outcomes. */
import { asPartnerId, asProfileId, type PartnerId, type ProfileId } from '../../kernel/ids.ts'

/** The form fields as a browser sends them. */
export type RequestInput = Readonly<
  Partial<Record<'do' | 'version' | 'sure' | 'profileId' | 'locationId', string>>
>

/** `version` is the version of the RFI that the page showed. A form for an older version changes nothing. */
export type RequestForm =
  | {
      readonly kind: 'send-on'
      readonly version: number
      readonly profileId: ProfileId
      readonly locationId: string
    }
  | { readonly kind: 'withdraw'; readonly version: number; readonly isSure: boolean }
  | { readonly kind: 'unknown' }

export const readRequestForm = ({
  do: action,
  version,
  sure,
  profileId = '',
  locationId = '',
}: RequestInput): RequestForm => {
  if (action === 'withdraw') return { kind: 'withdraw', version: Number(version), isSure: sure === 'yes' }
  if (action !== 'ask' || !profileId) return { kind: 'unknown' }
  return { kind: 'send-on', version: Number(version), profileId: asProfileId(profileId), locationId }
}

const plainOutcomes = ['withdrawn', 'unsure', 'changed', 'refused'] as const

export type RequestOutcome =
  | { readonly kind: 'sent-on'; readonly partnerId: PartnerId }
  /** `unsure`: the box was not ticked. `changed`: the RFI has changed since. `refused`: not possible now. */
  | { readonly kind: (typeof plainOutcomes)[number] }

/** Encodes an outcome for the address of the page. */
export const writeOutcome = (outcome: RequestOutcome): string =>
  outcome.kind === 'sent-on' ? outcome.partnerId : outcome.kind

export const readOutcome = (text: string | undefined): RequestOutcome | undefined => {
  if (text === undefined) return undefined
  const kind = plainOutcomes.find(known => known === text)
  return kind ? { kind } : { kind: 'sent-on', partnerId: asPartnerId(text) }
}
