import type { Person } from '../../kernel/person.ts'

/** Returns the full name of a person. */
export const nameOf = ({ firstName, lastName }: Pick<Person, 'firstName' | 'lastName'>): string =>
  `${firstName} ${lastName}`
