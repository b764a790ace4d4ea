/** Languages of mails and pages. */

/**
 * BCP 47 tags of the languages that come with the program. Each has one file in `pages/` and one in `mails/` of
 * shared/messaging/language. Operators can add more. English is the first, and the fallback of readers of other languages.
 */
export const languages = ['en', 'de', 'fr', 'it', 'nl', 'pl', 'zh-Hans'] as const
