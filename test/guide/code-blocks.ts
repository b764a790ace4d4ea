/** Reads the code blocks of a Markdown document. */
import { type Node, Parser } from 'commonmark'

export interface CodeBlock {
  /** First word after the fence, such as `bash`. */
  readonly language: string
  readonly content: string
  /** Number of the line of the opening fence, from 1. */
  readonly line: number
}

/** A `bash` block with the output that the document shows below it. */
export interface Command extends CodeBlock {
  readonly output: CodeBlock | undefined
}

const blockOf = (node: Node): CodeBlock | undefined => {
  if (node.type !== 'code_block') return undefined
  const [language = ''] = (node.info ?? '').split(' ')
  return { language, content: node.literal ?? '', line: node.sourcepos[0][0] }
}

export const codeBlocksIn = (markdown: string): CodeBlock[] =>
  topLevelNodes(markdown).flatMap(node => blockOf(node) ?? [])

/** Returns the `bash` blocks in their order. A `text` block that follows one directly is its output. */
export const commandsIn = (markdown: string): Command[] =>
  topLevelNodes(markdown).flatMap(node => {
    const block = blockOf(node)
    if (block?.language !== 'bash') return []
    const next = node.next && blockOf(node.next)
    return [{ ...block, output: next?.language === 'text' ? next : undefined }]
  })

const topLevelNodes = (markdown: string): Node[] => {
  const nodes: Node[] = []
  for (let node = new Parser().parse(markdown).firstChild; node; node = node.next) nodes.push(node)
  return nodes
}
