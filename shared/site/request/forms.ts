/** The forms of the request page: what they ask for, and what came of it. */
import { asPartnerId, asProfileId, type PartnerId, type ProfileId } from '../../kernel/ids.ts'

/** The fields as a browser sends them. */
export type RequestInput = Readonly<
  Partial<Record<'do' | 'version' | 'sure' | 'profileId' | 'locationId', string>>
>

/** `version` is that of the request as the page showed it, so that nothing is done that was not seen. */
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
  /** `unsure`: the box was not ticked; `changed`: the request had changed since; `refused`: it cannot be done. */
  | { readonly kind: (typeof plainOutcomes)[number] }

/** The outcome as the page's address holds it. */
export const writeOutcome = (outcome: RequestOutcome): string =>
  outcome.kind === 'sent-on' ? outcome.partnerId : outcome.kind

export const readOutcome = (text: string | undefined): RequestOutcome | undefined => {
  if (text === undefined) return undefined
  const kind = plainOutcomes.find(known => known === text)
  return kind ? { kind } : { kind: 'sent-on', partnerId: asPartnerId(text) }
}
