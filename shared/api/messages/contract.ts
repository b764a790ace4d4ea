/** All messages that the API sends to people, by code. A code has one message in the whole program. */
import { directoryFaults, leverAdvice } from '../../discovery/contract.ts'
import { commonFaults, commonReasons, commonTerms } from '../../kernel/faults.ts'
import type { Catalog, Terms } from '../../kernel/messages.ts'
import { profileFaults, reviewAdvice } from '../../partners/contract.ts'
import { policyFaults, taxonomyFaults } from '../../program/contract.ts'
import {
  directContactMessages,
  lookupFaults,
  referralFaults,
  referralReasons,
  rfiFaults,
  rfiReasons,
} from '../../referrals/contract.ts'
import { requestReasons } from '../problem/contract.ts'

/** Faults of fields: the codes in `errors` of problem documents. */
export const faultCatalogs: readonly Catalog[] = [
  commonFaults,
  taxonomyFaults,
  policyFaults,
  directoryFaults,
  referralFaults,
  rfiFaults,
  lookupFaults,
  profileFaults,
]

/** Reasons of problems: the codes in `reason` of problem documents. */
export const reasonCatalogs: readonly Catalog[] = [requestReasons, commonReasons, rfiReasons, referralReasons]

/** Messages in representations for partners: advice of the review and of the visibility, and the wish for direct contact. */
export const adviceCatalogs: readonly Catalog[] = [reviewAdvice, leverAdvice, directContactMessages]

/** Words for values of parameters that are codes. */
export const terms: Terms = commonTerms
