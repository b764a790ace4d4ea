/** Layout and style of all pages. They work without script, on small screens, with keyboards and with screen readers. */
import { sha256 } from '../../crypto/fingerprint.ts'
import { type PageLocalizer, type Palette, phrase, plain, theme, type Words } from '../../messaging/rules.ts'
import { directionOfLanguage } from '../../text/direction.ts'
import { type Content, html, Markup } from '../../text/html.ts'

export interface Page {
  readonly html: Markup
  /** The language of the page (BCP 47). */
  readonly language: string
  /** HTTP status; 200 by default. */
  readonly status?: number
}

const variables = (palette: Palette): string =>
  Object.entries(palette)
    .map(([name, colour]) => `--${name}:${colour}`)
    .join(';')

const style = `
:root{color-scheme:light dark;${variables(theme.light)};font:16px/1.5 ${theme.font};color:var(--ink);background:var(--ground)}
@media (prefers-color-scheme:dark){:root{${variables(theme.dark)}}}
@media print{form{display:none}}
*{box-sizing:border-box}
body{margin:0}
main{max-width:40rem;margin:0 auto;padding:1.5rem 1rem 3rem}
h1{font-size:1.5rem;line-height:1.25;margin:.5rem 0 1rem}
h2{font-size:1.125rem;margin:0 0 .5rem}
h3{font-size:1rem;margin:0 0 .25rem}
section,form{background:var(--paper);border:1px solid var(--line);border-radius:.5rem;padding:1rem 1.25rem;margin:0 0 1rem}
section form{border:0;padding:0;margin:.75rem 0 0}
p{margin:0 0 .75rem}
a{color:var(--accent)}
ul{list-style:none;margin:0;padding:0}
li{padding:.6rem 0;border-top:1px solid var(--line)}
li:first-child{border-top:0}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.2rem 1rem;margin:0 0 1rem}
dt{color:var(--soft)}
dd{margin:0}
dd p:last-child,section p:last-child,section dl:last-child{margin-bottom:0}
blockquote{margin:0;padding:.25rem 1rem;border-inline-start:4px solid var(--line);white-space:pre-wrap;overflow-wrap:anywhere}
label{display:block;font-weight:600;margin:1rem 0 .25rem}
label.box{font-weight:400}
input,select,textarea{font:inherit;color:inherit;width:100%;padding:.5rem .6rem;border:1px solid var(--soft);border-radius:.375rem;background:var(--paper)}
input[type=checkbox],input[type=radio]{width:1.25rem;height:1.25rem;margin:0;margin-inline-end:.5rem;vertical-align:-.2rem}
fieldset{border:0;margin:0;padding:0;min-width:0}
label.box{padding-inline-start:1.75rem;text-indent:-1.75rem}
fieldset label.box{margin:0;padding-block:.5rem}
summary{color:var(--accent);cursor:pointer;padding:.35rem 0}
summary+p{margin-top:.5rem}
.pair{display:flex;flex-wrap:wrap;gap:0 .75rem}
.pair form{margin:0}
section.question{border:2px solid var(--accent)}
textarea{min-height:7rem}
[aria-invalid=true]{border-color:var(--alert)}
.error{color:var(--alert);margin:.25rem 0 0}
button{font:inherit;font-weight:600;margin:1rem 0 0;padding:.55rem 1.1rem;border:1px solid var(--accent);border-radius:.375rem;background:var(--accent);color:var(--onAccent);cursor:pointer}
button.plain{background:var(--paper);color:var(--accent)}
:focus-visible{outline:3px solid var(--accent);outline-offset:2px}
.note{padding:.75rem 1rem;border-inline-start:4px solid var(--good);background:var(--goodGround);margin:0 0 1rem}
.alert{padding:.75rem 1rem;border-inline-start:4px solid var(--alert);background:var(--alertGround);margin:0 0 1rem}
.person{align-items:baseline}
.person a{font-weight:600;display:inline-block;padding:.15rem 0}
.actions a{font-weight:600}
main{overflow-wrap:anywhere}
.muted-text,footer{color:var(--soft)}
footer{font-size:.875rem;margin-top:2rem}
@media (max-width:30rem){dl{display:block}dd{margin:0 0 .5rem}}
`

/** Content-Security-Policy of each page. It allows only this style, and forms to the same origin. */
export const policy = [
  "default-src 'none'",
  `style-src 'sha256-${sha256(style)}'`,
  "form-action 'self'",
  "frame-ancestors 'none'",
  "base-uri 'none'",
].join('; ')

interface Layout {
  readonly title: Words
  /** Confirmation of the change that the form made. */
  readonly note?: Words | undefined
  /** Reason why the form has done nothing. It marks the page as an error. */
  readonly alert?: Words | undefined
  /** Marks a page without an alert as an error. */
  readonly isError?: boolean
  readonly content?: Content
}

/** Title of the browser tab. Screen readers read it first, so it starts with “Error” on a page that shows an error. */
const documentTitle = (localizer: PageLocalizer, { title, alert, isError }: Layout): string =>
  plain(alert || isError ? localizer.text('problem.page-title', { title }) : title)

export const layout = (localizer: PageLocalizer, page: Layout): Markup => {
  const { title, note, alert, content } = page
  return html`<!doctype html>
<html lang="${localizer.language}" dir="${directionOfLanguage(localizer.language)}">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${documentTitle(localizer, page)}</title><style>${new Markup(style)}</style></head>
<body><main>
<h1>${phrase(title)}</h1>
${note && html`<p class="note" role="status">${phrase(note)}</p>`}
${alert && html`<p class="alert" role="alert">${phrase(alert)}</p>`}
${content}
<footer>Referral Center</footer>
</main></body>
</html>
`
}
