/** Executes what the forms of the answer page ask for. The actor of each event is the mail with the link. */

import type { CommandContext } from '../../events/index.ts'
import type { AnswerAction } from '../../messaging/contract.ts'
import { type AnswerLink, mailIdOf, recordResult, referralMailKey } from '../../messaging/index.ts'
import { reportContactProblem } from '../../partners/index.ts'
import { regionTime } from '../../program/rules.ts'
import {
  acceptCommand,
  closeCommand,
  declineCommand,
  executeCommand,
  reopenReferral,
  resumeReferral,
  undoAnswer,
} from '../../referrals/index.ts'
import type { Command } from '../../referrals/rules.ts'
import { instantOf } from '../../time/instant.ts'
import {
  type FormInput,
  type ReadForm,
  readAcceptance,
  readExtension,
  readLoss,
  readNewCloseDate,
  readRefusal,
  readWin,
} from './forms.ts'
import type { OpenedLink } from './load.ts'
import { dateAfter, reschedulingTime } from './rules.ts'

/** Writes an answer. */
type Execution = () => Promise<unknown>

const mailOf = ({ partnerId, referralId, mail: [version, part] }: AnswerLink) => {
  const key = referralMailKey({ partnerId, referralId, version, part })
  return { key, id: mailIdOf(key) }
}

const contextOf = ({ link, referral }: OpenedLink, now: Date): CommandContext => ({
  actor: { kind: 'partner', mail: mailOf(link).id },
  version: referral.version,
  now,
})

const execute = (opened: OpenedLink, command: Command, now: Date): Promise<unknown> =>
  executeCommand(opened.link, command, contextOf(opened, now))

/** Records on the timeline, once, that the partner has seen the contact details. */
export const showContact = (opened: OpenedLink, now: Date): Promise<unknown> =>
  execute(opened, { name: 'show-contact' }, now)

export const undo = (opened: OpenedLink, now: Date): Promise<unknown> =>
  undoAnswer(opened.link, contextOf(opened, now))

/** Sets the close date to a later one. A date that is later already stays. */
const keepOpen = async (opened: OpenedLink, now: Date): Promise<void> => {
  const time = regionTime(opened.policy, opened.referral.region)
  const estimatedCloseDate = dateAfter(instantOf(now), reschedulingTime, time)
  const { estimatedCloseDate: present = '' } = opened.referral.deal ?? {}
  if (present < estimatedCloseDate)
    await execute(opened, { name: 'edit-deal', patch: { estimatedCloseDate } }, now)
}

/** Reports the contact as the wrong person. The event of this report causes a mail to the next contact. */
const reportWrongPerson = async (
  { link, profileContacts, reader, referral }: OpenedLink,
  now: Date,
): Promise<void> => {
  const { key, id } = mailOf(link)
  const [version] = link.mail
  await reportContactProblem(
    {
      partnerId: profileContacts.partnerId,
      region: profileContacts.region,
      email: reader.email,
      data: { problem: 'misaddressed', mail: id, missed: [{ referralId: referral.id, version }] },
    },
    { kind: 'partner', mail: id },
    now,
  )
  await recordResult(key, 'misaddressed', now)
}

type Answer = (opened: OpenedLink, input: FormInput, now: Date) => ReadForm<Execution>

/** Returns an answer that reads a form and executes a command with its content. */
const withForm =
  <T>(
    readForm: (input: FormInput, locale: string) => ReadForm<T>,
    commandOf: (content: T, now: Date, opened: OpenedLink) => Command,
  ): Answer =>
  (opened, input, now) => {
    const form = readForm(input, opened.reader.locale)
    if ('wrong' in form) return form
    return { value: () => execute(opened, commandOf(form.value, now, opened), now) }
  }

const withoutForm =
  (run: (opened: OpenedLink, now: Date) => Promise<unknown>): Answer =>
  (opened, _, now) => ({ value: () => run(opened, now) })

const answers: Readonly<Record<AnswerAction, Answer>> = {
  accept: withForm(readAcceptance, (request, now, { reader }) => acceptCommand(request, now, reader)),
  decline: withForm(readRefusal, declineCommand),
  extend: withForm(readExtension, request => ({ name: 'extend', request })),
  misaddressed: withoutForm(reportWrongPerson),
  reopen: withoutForm((opened, now) => reopenReferral(opened.link, contextOf(opened, now))),
  win: withForm(readWin, closeCommand),
  lose: withForm(readLoss, closeCommand),
  reschedule: withForm(readNewCloseDate, patch => ({ name: 'edit-deal', patch })),
  'still-open': withoutForm(keepOpen),
  resume: withoutForm((opened, now) => resumeReferral(opened.link, contextOf(opened, now))),
}

/** Reads the form of the link's answer. @returns a function that gives the answer, or the names of wrong fields */
export const readAnswer = (opened: OpenedLink, input: FormInput, now: Date): ReadForm<Execution> =>
  answers[opened.link.action](opened, input, now)
