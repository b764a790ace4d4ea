/** Languages of mails and pages. */

/** BCP 47 tags. Each language has one file in `pages/` and one in `mails/`. */
export const languages = ['en', 'zh-Hans', 'de', 'fr'] as const
export type Language = (typeof languages)[number]
