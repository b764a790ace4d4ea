import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { expect, it } from 'vitest'

const root = join(import.meta.dirname, '../..')
const documents = globSync(['*.md', '{bench,docs,functions,infra,local,test}/**/*.md'], { cwd: root })

const textOf = (file: string): string => readFileSync(join(root, file), 'utf8')

/** Removes blocks and spans of code, whose brackets are not links. */
const withoutCode = (text: string): string =>
  text.replaceAll(/^( *)```.*?^\1```$/gms, '').replaceAll(/`[^`\n]*`/g, 'code')

/** Anchors of the headings, as GitHub makes them. */
const anchorsOf = (file: string): string[] =>
  [...textOf(file).replaceAll(/^```.*?^```$/gms, '').matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(' ', '-'),
  )

interface Link {
  readonly target: string
  readonly anchor: string
}

const linksOf = (file: string): Link[] =>
  [...withoutCode(textOf(file)).matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, href = '']) => href)
    .filter(href => !/^[a-z]+:/.test(href))
    .map(href => {
      const [path = '', anchor = ''] = href.split('#')
      return { target: path === '' ? file : relative(root, join(root, dirname(file), path)), anchor }
    })

it.each(documents)('%s links to files and headings that exist', file => {
  const broken = linksOf(file).filter(({ target, anchor }) => {
    if (!existsSync(join(root, target))) return true
    return anchor !== '' && target.endsWith('.md') && !anchorsOf(target).includes(anchor)
  })
  expect(broken).toEqual([])
})
