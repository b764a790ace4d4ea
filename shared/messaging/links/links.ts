/** Signed links in mails. Each link has one purpose. */

import { sign, verify } from '../../crypto/signature.ts'
import type { PartnerId, ReferralId } from '../../kernel/ids.ts'
import { setting } from '../../kernel/settings.ts'
import type { Instant } from '../../time/instant.ts'
import type { AnswerAction, PageName } from './contract.ts'

/** A link in a mail about a referral, for one kind of answer. It works once. */
export interface AnswerLink {
  readonly partnerId: PartnerId
  readonly region: string
  readonly referralId: ReferralId
  /** Version of the referral at the time the mail was written. */
  readonly version: number
  readonly action: AnswerAction
  /** Fingerprint of the addressee's address. */
  readonly reader: string
  /** Mail that contains the link: version of its event, and last part of its key. */
  readonly mail: readonly [version: number, digest: string]
  /** Expiry of the link: the `respondBy` in the mail. */
  readonly until: Instant
}

/** A link with which a contact stops its mails. */
export interface MuteLink {
  readonly partnerId: PartnerId
  readonly region: string
  readonly reader: string
}

const pageUrl = (page: PageName, token: string): string =>
  `${setting('PUBLIC_URL')}/v1/pages/${page}?token=${token}`

/** Returns the token of an answer link. A page links with it to its own address, so that it needs no URL. */
export const answerToken = (link: AnswerLink): string => sign('answer', link)
export const answerUrl = (link: AnswerLink): string => pageUrl('answer', answerToken(link))
export const muteUrl = (link: MuteLink): string => pageUrl('mute', sign('mute', link))
/** @param token capability token of the RFI */
export const requestUrl = (token: string): string => pageUrl('request', token)

/**
 * Signs the outcome of a page's form. The outcome is part of the address of the page that is shown next. The signature
 * covers the link's token, so an outcome cannot be forged or used with another link.
 */
export const outcomeMark = (token: string, outcome: string): string => sign(markPurpose(token), outcome)
export const readOutcomeMark = (token: string, mark: string): string | undefined =>
  verify(markPurpose(token), mark) as string | undefined
const markPurpose = (token: string): string => `done ${token}`

/** Reads a signed link; returns undefined for any other token. The caller checks the expiry. */
export const readAnswerLink = (token: string): AnswerLink | undefined =>
  verify('answer', token) as AnswerLink | undefined
export const readMuteLink = (token: string): MuteLink | undefined =>
  verify('mute', token) as MuteLink | undefined
