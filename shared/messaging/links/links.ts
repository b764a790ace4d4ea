/** Links in mails: each good for one thing, signed, so that nobody can make or change one. */

import { sign, verify } from '../../crypto/signature.ts'
import { setting } from '../../kernel/settings.ts'
import type { AnswerAction } from './contract.ts'

/** What a link in an alert lets its reader do, once. */
export interface AnswerLink {
  readonly partnerId: string
  readonly region: string
  readonly referralId: string
  /** Of the referral when the mail was written. */
  readonly version: number
  readonly action: AnswerAction
  /** Whose it is: the digest of the address. */
  readonly reader: string
  /** The mail that carries it: the version of the event behind which it stands, and its own part of the key. */
  readonly mail: readonly [version: number, digest: string]
  /** When it runs out: the respond-by that the mail told of. */
  readonly until: string
}

/** What lets a contact stop its mails. */
export interface MuteLink {
  readonly partnerId: string
  readonly region: string
  readonly reader: string
}

type PageName = 'answer' | 'request' | 'mute'

const pageUrl = (page: PageName, token: string): string =>
  `${setting('PUBLIC_URL')}/v1/pages/${page}?token=${token}`

export const answerUrl = (link: AnswerLink): string => pageUrl('answer', sign('answer', link))
export const muteUrl = (link: MuteLink): string => pageUrl('mute', sign('mute', link))
/** @param token of the RFI's capability */
export const requestUrl = (token: string): string => pageUrl('request', token)

/** What a page's form has just done, as its address tells it afterwards: nobody else can say so, nor of another link. */
export const doneMark = (token: string, done: string): string => sign(doneAt(token), done)
export const readDoneMark = (token: string, mark: string): string | undefined =>
  verify(doneAt(token), mark) as string | undefined
const doneAt = (token: string): string => `done ${token}`

/** What the token allows, if it is one of ours; whether it has run out is for whoever asks to see. */
export const readAnswerLink = (token: string): AnswerLink | undefined =>
  verify('answer', token) as AnswerLink | undefined
export const readMuteLink = (token: string): MuteLink | undefined =>
  verify('mute', token) as MuteLink | undefined
