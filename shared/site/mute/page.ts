/** HTML of the page on which a contact stops its mails. */
import { foreign, type PageSpeaker, phrase } from '../../messaging/rules.ts'
import { html } from '../../text/html.ts'
import { layout, type Page } from '../page/layout.ts'

interface MuteState {
  readonly address: string
  readonly partnerName: string
  readonly region: string
  readonly isMuted: boolean
}

export const mutePage = (
  speaker: PageSpeaker,
  { address, partnerName, region, isMuted }: MuteState,
): Page => {
  const foreignAddress = foreign(address)
  const intro = { address: foreignAddress, partner: foreign(partnerName), region: speaker.country(region) }
  return {
    html: layout(speaker, {
      title: speaker.say('mute.title'),
      note: isMuted ? speaker.say('mute.done', { address: foreignAddress }) : undefined,
      content: html`<section>${!isMuted && html`<p>${phrase(speaker.say('mute.intro', intro))}</p>`}
<p class="soft">${phrase(speaker.say('mute.only'))}</p>
${!isMuted && html`<form method="post"><button>${phrase(speaker.say('mute.title'))}</button></form>`}</section>`,
    }),
  }
}
