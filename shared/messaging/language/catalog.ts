/** Catalogue of the messages that mails and pages consist of, with the variables of each. */

/**
 * Messages of pages, with the names of their variables. Mails use them too. A language file that lacks a message does not
 * compile; a test checks that each text uses exactly these variables.
 */
const pageMessages = {
  'time.utc': ['instant'],

  'summary.customer': [],
  'summary.size': [],
  'summary.city': [],
  'summary.budget': [],
  'summary.answer-by': [],
  'summary.referral': [],

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
  'answer.saved': [],

  'dead-link.title': [],
  'dead-link.answer': [],
  'dead-link.request': [],
  'dead-link.mute': [],

  'field.name': [],
  'field.amount': [],
  'field.currency': [],
  'field.estimatedCloseDate': [],
  'field.notes': [],
  'field.declineNotes': [],
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
  'error.declineNotes': [],
  'error.crmId': [],
  'error.reason': [],
  'error.why': [],

  'request.title': [],
  'request.need': [],
  'request.partners': [],
  'request.waiting': ['left', 'respondBy'],
  'request.state': ['status'],
  'request.open': [],
  'request.looking': [],
  'request.closed': [],
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

  'problem.page-title': ['title'],
  'problem.title': [],
  'problem.body': [],
} as const satisfies Readonly<Record<string, readonly string[]>>

/** Messages that only mails use. They are kept apart so that functions that show pages do not bundle them. */
const mailMessages = {
  greeting: ['name'],
  follow: [],

  'footer.contact': ['partner', 'region'],
  'footer.admin': ['partner'],
  'footer.customer': [],
  'footer.mute': [],

  'receipt.subject': [],
  'receipt.sent': ['partners'],
  'receipt.until': ['count', 'respondBy'],
  'looking.subject': [],
  'looking.body': [],
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
  'suggestions.choose': [],
  'suggestions.fitting': ['count'],
  'suggestions.ask': ['partner'],

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
  'digest.sign-in': [],
  'contact-failed.subject': ['problem', 'address'],
  'contact-failed.body': ['problem', 'name', 'address', 'partner', 'region'],
  'contact-failed.moved': [],
  'contact-failed.fix': ['region'],
} as const satisfies Readonly<Record<string, readonly string[]>>

export const messages = { ...pageMessages, ...mailMessages } as const

export type MessageId = keyof typeof messages
export type PageMessageId = keyof typeof pageMessages
export type MailMessageId = keyof typeof mailMessages

/** Texts of one language by message id, as ICU messages. */
export type Texts<Id extends MessageId> = Readonly<Record<Id, string>>
