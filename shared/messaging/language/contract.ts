/** The languages that people are written to in. */

/** BCP 47. Each has a file in `pages/` and one in `mails/`. */
export const languages = ['en', 'zh-Hans', 'de', 'fr'] as const
export type Language = (typeof languages)[number]
