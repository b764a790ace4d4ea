/** Contacts: the people of a partner who get mail, and the problems in reaching them. */
import * as z from 'zod/mini'
import { warnedProblems } from '../../events/contract.ts'
import { describeSchema } from '../../kernel/documentation.ts'
import { maxLength } from '../../kernel/fields.ts'
import { instant } from '../../kernel/instants.ts'
import { hasName, newPerson, person } from '../../kernel/person.ts'

/** A person who gets mail about referrals. */
const contact = z
  .strictObject({
    ...person.shape,
    muted: z._default(z.boolean(), false),
  })
  .check(hasName)
/* @__PURE__ */ describeSchema(contact, {
  name: 'Contact',
  description: 'A person of the partner who gets email about referrals. Contacts do not have to sign in.',
  like: [person],
  properties: {
    muted:
      'True if the contact turned off email. The contact then gets an email only if no other contact can be reached.',
  },
  example: { firstName: 'Sales', lastName: 'Berlin', email: 'sales.berlin@spreewerk.example' },
})
export type Contact = z.infer<typeof contact>

export const contacts = z.array(contact)

/** A contact in a request, which can leave out the locale. */
const newContact = z.strictObject({ ...contact.shape, locale: newPerson.shape.locale }).check(hasName)
/* @__PURE__ */ describeSchema(newContact, {
  name: 'ContactInput',
  description: 'A person of the partner who gets email about referrals. Contacts do not have to sign in.',
  like: [contact],
  properties: {
    locale:
      'Locale of the emails. By default the language of most people in the region of the profile, if the program has it, otherwise English.',
  },
  example: { firstName: 'Sales', lastName: 'Berlin', email: 'sales.berlin@spreewerk.example' },
})

export const newContacts = z._default(z.array(newContact).check(maxLength(10)), [])

/** A problem with mail to a contact of a profile. */
export const warning = z.strictObject({
  email: z.string(),
  problem: z.enum(warnedProblems),
  since: instant,
})
/* @__PURE__ */ describeSchema(warning, {
  name: 'ContactWarning',
  description: 'A contact that cannot be reached by email.',
  properties: {
    email: 'Email address of the contact.',
    problem:
      'The problem: `misaddressed` (the contact answered that somebody else should get the email), `bounced` (emails bounce) or `complained` (the contact marked an email as spam).',
    since: 'Time of the first report.',
  },
  example: { email: 'service.berlin@spreewerk.example', problem: 'bounced' },
})
export type Warning = z.infer<typeof warning>
