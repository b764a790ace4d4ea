/** Visits to pages: the token of the link, and the outcome of the form that was just sent. */

import type { Person } from '../../kernel/person.ts'
import { outcomeMark, readOutcomeMark } from '../../messaging/index.ts'
import { addressFingerprint } from '../../partners/index.ts'
import { addressOf } from '../../partners/rules.ts'
import type { Page } from './layout.ts'

/** A visitor's request for a page. */
export interface PageVisit {
  readonly token: string
  /** Signed outcome of the form that was just sent. */
  readonly done?: string | undefined
  /** Language that the browser asks for, used where the visitor's own is not known. */
  readonly locale: string
  readonly now: Date
}

/** A page, or the address of the page to go to. */
export type Shown = Page | { readonly see: string }

/** Leads to the same page, with the outcome in its address. The address is relative, so it works below any path. */
export const redirectWithOutcome = ({ token }: PageVisit, outcome: string): Shown => ({
  see: `?${new URLSearchParams({ token, done: outcomeMark(token, outcome) })}`,
})

/** The outcome in the address of a visit; undefined if there is none, or if it was not signed for this link. */
export const outcomeOf = ({ token, done }: PageVisit): string | undefined =>
  done === undefined ? undefined : readOutcomeMark(token, done)

/** Finds a link's reader by the digest of their address. */
export const hasFingerprint =
  (digest: string) =>
  (person: Person): boolean =>
    addressFingerprint(addressOf(person)) === digest
