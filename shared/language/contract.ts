/** The languages that people are written to in, and every message that there is, with its variables. */

/** BCP 47. A language is one file beside this one. */
export const languages = ['en', 'zh-Hans', 'de', 'fr'] as const
export type Language = (typeof languages)[number]

/**
 * Each message and what it may speak of. A language whose file lacks one does not compile; that its texts use exactly
 * these variables is tested.
 */
export const messages = {
  greeting: ['name'],
  follow: [],
  'time.utc': ['instant'],

  'footer.contact': ['partner', 'region'],
  'footer.admin': ['partner'],
  'footer.customer': [],
  'footer.mute': [],

  'fact.customer': [],
  'fact.size': [],
  'fact.place': [],
  'fact.budget': [],
  'fact.answer-by': [],
  'fact.referral': [],

  'receipt.subject': [],
  'receipt.sent': ['partners'],
  'receipt.until': ['count', 'respondBy'],
  'added.subject': ['partners'],
  'accepted.subject': ['partner'],
  'accepted.body': ['partner'],
  'accepted.people': ['count'],
  'accepted.office': ['location'],
  'declined.subject': ['partner'],
  'declined.body': ['partner'],
  'expired.subject': ['partner'],
  'expired.body': ['partner'],
  'extended.subject': ['partner'],
  'extended.body': ['partner', 'respondBy'],
  'reopened.subject': ['partner'],
  'reopened.body': ['partner'],
  'reopened.until': ['respondBy'],
  'another.choose': [],
  'another.fitting': ['count'],
  'another.ask': ['partner'],

  'new-referral.subject': ['company'],
  'new-referral.hot-subject': ['company'],
  'new-referral.hot': [],
  'new-referral.body': ['partner', 'location'],
  'new-referral.instead': ['location'],
  'new-referral.advice': ['hours'],
  'reminder.subject': ['company'],
  'reminder.body': ['company', 'partner', 'location'],
  'reminder.consequence': [],
  'nudge.subject': ['deal'],
  'nudge.body': ['deal', 'company', 'date'],
  'nudge.ask': [],
  'withdrawn.subject': ['company'],
  'withdrawn.body': ['by', 'company', 'partner', 'location'],
  'withdrawn.nothing': [],
  'digest.subject': ['count'],
  'digest.body': ['partner', 'region', 'limit'],
  'digest.new-referral': ['company', 'respondBy'],
  'digest.reminder': ['company', 'respondBy'],
  'digest.nudge': ['deal', 'company', 'date'],
  'digest.withdrawn': ['company'],
  'digest.more': ['count'],
  'digest.inbox': [],
  'contact-failed.subject': ['problem', 'address'],
  'contact-failed.body': ['problem', 'name', 'address', 'partner', 'region'],
  'contact-failed.moved': [],
  'contact-failed.mend': ['region'],

  'action.title': [],
  'action.accept': [],
  'action.decline': [],
  'action.extend': [],
  'action.misaddressed': [],

  'answer.accept': ['company'],
  'answer.accept.intro': [],
  'answer.decline': ['company'],
  'answer.decline.intro': [],
  'answer.extend': ['company'],
  'answer.extend.intro': ['respondBy'],
  'answer.misaddressed': ['company'],
  'answer.misaddressed.intro': ['partner'],
  'answer.misaddressed.done': ['partner'],
  'answer.state': ['status', 'company'],
  'answer.until': ['respondBy'],
  'answer.used': [],
  'answer.changed': [],
  'answer.done': [],
  'answer.dead': [],
  'answer.dead.why': [],

  'field.name': [],
  'field.amount': [],
  'field.currency': [],
  'field.estimatedCloseDate': [],
  'field.notes': [],
  'field.crmId': [],
  'field.reason': [],
  'field.why': [],
  'field.optional': ['label'],
  'field.choose': [],
  'error.fields': ['count'],
  'error.name': [],
  'error.amount': [],
  'error.currency': [],
  'error.estimatedCloseDate': [],
  'error.notes': [],
  'error.crmId': [],
  'error.reason': [],
  'error.why': [],

  'request.title': [],
  'request.need': [],
  'request.partners': [],
  'request.waiting': ['respondBy', 'left'],
  'request.state': ['status'],
  'request.open': [],
  'request.over': [],
  'request.next': [],
  'request.next.intro': [],
  'request.ask': ['partner'],
  'request.asked': ['partner'],
  'request.withdraw': [],
  'request.withdraw.intro': [],
  'request.withdraw.sure': [],
  'request.withdraw.unsure': [],
  'request.withdrawn': [],
  'request.changed': [],
  'request.refused': [],

  'mute.title': [],
  'mute.intro': ['address', 'partner', 'region'],
  'mute.only': [],
  'mute.done': ['address'],

  'problem.title': [],
  'problem.body': [],
} as const satisfies Readonly<Record<string, readonly string[]>>

export type MessageId = keyof typeof messages

/** Codes of the fresh program's taxonomy that have a label of their own in each language; others are shown by the program's. */
export const labelledCodes = {
  customerSizes: ['1-10', '11-50', '51-250', '251-1000', '1001-plus'],
  declineReasons: [
    ...[
      'budget',
      'timeline',
      'no-capacity',
      'not-our-field',
      'customer-unreachable',
      'customer-chose-another',
    ],
    ...['not-a-customer', 'misrouted', 'duplicate', 'spam', 'other'],
  ],
} as const satisfies Readonly<Record<string, readonly string[]>>

export type LabelledList = keyof typeof labelledCodes
type LabelId = {
  [L in LabelledList]: `${L}.${(typeof labelledCodes)[L][number]}`
}[LabelledList]

/** All the texts of a language, as ICU messages. */
export type Catalog = Readonly<Record<MessageId | LabelId, string>>
