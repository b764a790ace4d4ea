/** Requests to pages, with the token of the link and the outcome of the form that was just submitted. */

import type { Person } from '../../kernel/person.ts'
import { outcomeMark, readOutcomeMark } from '../../messaging/index.ts'
import { addressFingerprint } from '../../partners/index.ts'
import { addressOf } from '../../partners/rules.ts'
import type { Page } from './layout.ts'

/** A visitor's request for a page. */
export interface PageVisit {
  readonly token: string
  /** Signed outcome of the form that was just submitted. */
  readonly done?: string | undefined
  /** Answer to the question about a reported win that the page offers first. */
  readonly win?: string | undefined
  /** Language that the browser asks for. It is used if the visitor's own locale is not known. */
  readonly locale: string
  readonly now: Date
}

/** A page, or the address to redirect to. */
export type Shown = Page | { readonly see: string }

/** Redirects to the same page with the outcome in its address. The address is relative, so it works below any path. */
export const redirectWithOutcome = ({ token }: PageVisit, outcome: string): Shown => ({
  see: `?${new URLSearchParams({ token, done: outcomeMark(token, outcome) })}`,
})

/** Reads the outcome from the address; undefined if there is none, or if it was not signed for this link. */
export const outcomeOf = ({ token, done }: PageVisit): string | undefined =>
  done === undefined ? undefined : readOutcomeMark(token, done)

/** Returns a predicate that finds the reader of a link by the fingerprint of the address. */
export const hasFingerprint =
  (digest: string) =>
  (person: Person): boolean =>
    addressFingerprint(addressOf(person)) === digest
