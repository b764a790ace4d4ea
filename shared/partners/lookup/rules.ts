/** The name by which a partner is looked up. */
import { type Subject, wordsOf } from '../../lookup/rules.ts'

/** The scope of the operator's lookup of partners. */
export const partnerScope = 'PARTNERS'

export const subjectOfPartner = ({ name }: { readonly name: string }): Subject => ({ words: wordsOf(name) })
