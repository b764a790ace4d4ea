/** Checks that relative links of the documents lead to existing files and headings. */
import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { type Node, Parser } from 'commonmark'
import { describe, expect, it } from 'vitest'

const root = join(import.meta.dirname, '../..')
const documents = globSync(['*.md', 'docs/**/*.md', '{local,test}/**/README.md', '.github/**/*.md'], {
  cwd: root,
}).sort()

const nodesOf = (file: string): Node[] => {
  const walker = new Parser().parse(readFileSync(join(root, file), 'utf8')).walker()
  const nodes: Node[] = []
  for (let event = walker.next(); event; event = walker.next()) if (event.entering) nodes.push(event.node)
  return nodes
}

const textOf = (node: Node): string => {
  let text = node.literal ?? ''
  for (let child = node.firstChild; child; child = child.next) text += textOf(child)
  return text
}

/** Makes the anchor of a heading as GitHub does. */
const anchorOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\p{M}_\- ]/gu, '')
    .replaceAll(' ', '-')

const anchorsOf = (file: string): string[] =>
  nodesOf(file)
    .filter(({ type }) => type === 'heading')
    .map(heading => anchorOf(textOf(heading)))

const isRelative = (link: string) => !/^[a-z]+:/.test(link)

/** Finds links in the text, because CommonMark has no tables and links in them would be missed. */
const linksOf = (file: string): string[] => {
  const withoutCode = readFileSync(join(root, file), 'utf8')
    .replace(/^( *)```.*?^\1```/gms, '')
    .replace(/`[^`]*`/g, '')
  const inline = [...withoutCode.matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = '']) => link)
  const reference = [...withoutCode.matchAll(/^\[[^\]]+\]: (\S+)/gm)].map(([, link = '']) => link)
  return [...inline, ...reference].filter(isRelative)
}

const brokenLinksOf = (file: string): string[] =>
  linksOf(file).filter(link => {
    const [path = '', anchor] = link.split('#')
    const target = path === '' ? file : relative(root, join(root, dirname(file), path))
    if (!existsSync(join(root, target))) return true
    return anchor !== undefined && target.endsWith('.md') && !anchorsOf(target).includes(anchor)
  })

describe('links of documents', () => {
  it.each(documents)('%s leads to existing files and headings', file => {
    expect(brokenLinksOf(file)).toEqual([])
  })
})
