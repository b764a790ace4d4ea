/** Contacts: who is mailed about a partner's referrals, and what is wrong with reaching them. */
import * as z from 'zod/mini'
import { contactProblems } from '../../events/contract.ts'
import { instant } from '../../kernel/instants.ts'
import { person } from '../../kernel/person.ts'

/** Somebody who is mailed about referrals. */
const contact = z.strictObject({
  ...person.shape,
  /** Mailed only what nobody else would get. */
  muted: z._default(z.boolean(), false),
})
export type Contact = z.infer<typeof contact>

export const contacts = z._default(z.array(contact).check(z.maxLength(10)), [])

/** What is wrong with a contact that stands in a profile. */
export const warning = z.strictObject({
  email: z.string(),
  problem: z.enum(contactProblems),
  since: instant,
})
export type Warning = z.infer<typeof warning>
