/** Texts that explain why an amount in a form is wrong. */

import { writeAmount } from '../../kernel/amount.ts'
import { decimalsOf } from '../../kernel/iso.ts'
import { maxAmount } from '../../kernel/money.ts'
import { type PageLocalizer, userText, type Words } from '../../messaging/rules.ts'
import { amountFault, currencyIn, type FormInput } from './forms.ts'

interface EnteredAmount {
  readonly input: FormInput
  readonly readerLocale: string
}

/** An amount in examples: with thousands, so that it shows their separator. */
const exampleAmount = 45_000

/** Returns the text for the amount of a form; undefined if its field has no text of its own for the fault. */
export const amountError = (
  localizer: PageLocalizer,
  { input, readerLocale }: EnteredAmount,
): Words | undefined => {
  const fault = amountFault(input, readerLocale)
  const currency = currencyIn(input)
  if (!fault || currency === undefined) return undefined
  const decimals = decimalsOf(currency)
  const entered = userText(input.amount?.trim() ?? '')
  const example = writeAmount(exampleAmount, readerLocale, currency)
  switch (fault.kind) {
    case 'ambiguous': {
      const { whole, fraction } = fault
      return localizer.text('error.amount.ambiguous', {
        entered,
        whole: localizer.money({ amount: whole, currency }, decimals),
        fraction: localizer.money({ amount: fraction, currency }, 3),
        digits: String(whole),
        decimal: decimals < 3 ? 'none' : writeAmount(fraction, readerLocale, currency),
      })
    }
    case 'words':
      return localizer.text('error.amount.words', { example })
    case 'other-currency':
      return localizer.text('error.amount.other-currency', { entered, currency })
    case 'too-precise':
      return localizer.text('error.amount.too-precise', {
        currency,
        decimals: decimals === 0 ? 'none' : decimals,
      })
    case 'too-big':
      return localizer.text('error.amount.too-big', {
        maximum: localizer.money({ amount: maxAmount, currency }),
      })
    case 'negative':
      return localizer.text('error.amount.negative')
    case 'malformed':
      return localizer.text('error.amount.malformed', { entered, example })
  }
}
