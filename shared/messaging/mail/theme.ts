/** Colours and font of mails and pages. Each text colour has the contrast of WCAG 2.2 AA on its background. */
export const theme = {
  ink: '#1f2933',
  soft: '#52606d',
  line: '#c7d0d9',
  accent: '#0b5cad',
  alert: '#c2410c',
  alertGround: '#fff4ed',
  good: '#166534',
  goodGround: '#f0fdf4',
  ground: '#f5f7fa',
  font: 'system-ui,sans-serif',
} as const
