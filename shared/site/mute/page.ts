/** HTML of the page on which a contact stops its mails. */
import { type PageLocalizer, phrase, userText } from '../../messaging/rules.ts'
import { html } from '../../text/html.ts'
import { layout, type Page } from '../page/layout.ts'

interface MuteState {
  readonly address: string
  readonly partnerName: string
  readonly region: string
  readonly isMuted: boolean
}

export const mutePage = (
  localizer: PageLocalizer,
  { address, partnerName, region, isMuted }: MuteState,
): Page => {
  const addressText = userText(address)
  const intro = { address: addressText, partner: userText(partnerName), region: localizer.country(region) }
  return {
    language: localizer.language,
    html: layout(localizer, {
      title: localizer.text('mute.title'),
      note: isMuted ? localizer.text('mute.done', { address: addressText }) : undefined,
      content: html`<section>${!isMuted && html`<p>${phrase(localizer.text('mute.intro', intro))}</p>`}
<p class="muted-text">${phrase(localizer.text('mute.only'))}</p>
${!isMuted && html`<form method="post"><button>${phrase(localizer.text('mute.title'))}</button></form>`}</section>`,
    }),
  }
}
