/**
 * Colours and font of mails and pages, in light and in dark mode. Each text colour has the contrast of WCAG 2.2 AA on its
 * background.
 */

const light = {
  paper: '#ffffff',
  ink: '#1f2933',
  soft: '#52606d',
  line: '#c7d0d9',
  accent: '#0b5cad',
  onAccent: '#ffffff',
  alert: '#c2410c',
  alertGround: '#fff4ed',
  good: '#166534',
  goodGround: '#f0fdf4',
  ground: '#f5f7fa',
}

export type Palette = Readonly<typeof light>

const dark: Palette = {
  paper: '#1b2128',
  ink: '#e7ecf1',
  soft: '#a7b3bf',
  line: '#434e59',
  accent: '#83baf5',
  onAccent: '#0b1c30',
  alert: '#ff9c66',
  alertGround: '#3a231a',
  good: '#6fdd97',
  goodGround: '#16301f',
  ground: '#12171c',
}

export const theme = { light, dark, font: 'system-ui,sans-serif' } as const
