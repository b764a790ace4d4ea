/** Checks of pages: their parts, and the properties that every page has. */
import { expect } from 'vitest'
import type { Page } from '../../shared/site/page/layout.ts'
import { render } from '../../shared/text/html.ts'
import { textIn } from '../fixtures/texts.ts'
import { type Element, elements, internalId, named, parse, textOf } from './markup.ts'

export const parsed = ({ html }: Page): Element => parse(render(html))
export const byId = (page: Element, id = '') => elements(page).find(({ attributes }) => attributes.id === id)
export const controls = (page: Element) =>
  named(page, 'input', 'select', 'textarea').filter(({ attributes }) => attributes.type !== 'hidden')

export const titleOf = (page: Page): string => named(parsed(page), 'title').map(textOf).join()
export const errorTitle = (language: string, title: string) =>
  textIn(language, 'problem.page-title', { title })

/** Expects the properties of every page: language, headings, unique ids, labels, no script and no inline style. */
export const expectValidPage = (page: Page, language: string): void => {
  const root = parsed(page)
  expect(named(root, 'html').map(({ attributes }) => attributes)).toEqual([{ lang: language, dir: 'ltr' }])
  expect(named(root, 'title', 'h1').map(textOf)).toEqual(
    Array.from({ length: 2 }, () => expect.stringMatching(/\S/)),
  )
  expect(named(root, 'main')).toHaveLength(1)
  const ids = elements(root).flatMap(({ attributes }) => attributes.id ?? [])
  expect(new Set(ids).size).toBe(ids.length)
  for (const { attributes } of elements(root)) {
    for (const id of [attributes.for, attributes['aria-describedby'], attributes['aria-labelledby']])
      if (id !== undefined) expect(ids).toContain(id)
    const { href } = attributes
    if (href?.startsWith('#')) expect(ids).toContain(href.slice(1))
    else if (href !== undefined) expect(href).toMatch(/^(https?:\/\/|tel:\+?\d|mailto:\S|\?token=)/)
    // The content security policy forbids inline style attributes and scripts.
    for (const name of Object.keys(attributes)) expect(name).not.toMatch(/^(on|style$)/)
  }
  expect(named(root, 'script', 'iframe', 'img', 'object')).toEqual([])
  for (const { attributes } of named(root, 'form')) expect(attributes).toEqual({ method: 'post' })
  expect(named(root, 'style').map(textOf)).toHaveLength(1)
  expect(textOf(root)).not.toMatch(/undefined|\bnull\b|\bNaN\b|Invalid Date|\[object/)
  expect(textOf(root)).not.toMatch(internalId)
}
