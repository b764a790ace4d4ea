/** Colours and inherited properties of parsed HTML, from style attributes and from the rules of dark mode. */
import { type Element, named, textOf } from './markup.ts'

export type Scheme = 'light' | 'dark'
type Declarations = ReadonlyMap<string, string>

const declarationsOf = (text: string): Declarations =>
  new Map(
    text
      .split(';')
      .map(one => one.split(':').map(part => part.trim()))
      .map(([property = '', value = '']) => [property, value]),
  )

/** Rules of the media query for dark mode, by class. All of them are important, because they replace inline styles. */
const darkRulesOf = (page: Element): ReadonlyMap<string, Declarations> => {
  const sheet = named(page, 'style').map(textOf).join('')
  const [, rules = ''] = /@media \(prefers-color-scheme:dark\)\{((?:[^{}]*\{[^{}]*\})*)\}/.exec(sheet) ?? []
  return new Map(
    [...rules.matchAll(/\.([a-z]+)\{([^{}]*)\}/g)].map(([, name = '', text = '']) => {
      if (!text.split(';').every(one => one.endsWith('!important'))) throw new Error(`not important: ${text}`)
      return [name, declarationsOf(text.replaceAll('!important', ''))]
    }),
  )
}

/** Returns a function for the value of a property at the end of a path of elements: of the innermost one that sets it. */
export const styleOf = (page: Element, scheme: Scheme) => {
  const darkRules = scheme === 'dark' ? darkRulesOf(page) : new Map<string, Declarations>()
  const own = ({ attributes: { style = '', class: classes = '' } }: Element, property: string) =>
    classes
      .split(' ')
      .map(name => darkRules.get(name)?.get(property))
      .find(value => value !== undefined) ?? declarationsOf(style).get(property)
  return (path: readonly Element[], property: string): string | undefined =>
    path.map(element => own(element, property)).findLast(value => value !== undefined)
}

const luminance = (colour: string): number => {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5]
    .map(at => Number.parseInt(colour.slice(at, at + 2), 16) / 255)
    .map(share => (share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4))
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}

/** Returns the contrast ratio of two colours `#rrggbb` (WCAG 2.2), from 1 to 21. */
export const contrast = (one: string, other: string): number => {
  for (const colour of [one, other])
    if (!/^#[0-9a-f]{6}$/.test(colour)) throw new Error(`not a colour: ${colour}`)
  const [dark = 0, light = 0] = [luminance(one), luminance(other)].toSorted((a, b) => a - b)
  return (light + 0.05) / (dark + 0.05)
}
