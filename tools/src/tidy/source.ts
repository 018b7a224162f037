import { parseSync } from 'oxc-parser'

/** A node of the syntax tree, in the shape ESTree gives it; what a rule reads of it, it looks at first. */
export type SyntaxNode = { type: string; start: number; end: number; [key: string]: unknown }

export type Source = {
  program: SyntaxNode
  comments: { value: string; start: number }[]
  /** The line of an offset, counted from 1. */
  lineAt(offset: number): number
}

export function parseSource(path: string, text: string): Source {
  const { program, comments, errors } = parseSync(path, text)
  const error = errors.find(({ severity }) => severity === 'Error')
  if (error) throw new Error(`${path}: ${error.message}`)
  const starts = [0]
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) starts.push(at + 1)
  return { program: program as unknown as SyntaxNode, comments, lineAt: (offset) => lineOf(starts, offset) }
}

function lineOf(starts: number[], offset: number): number {
  let low = 0
  let high = starts.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (starts[middle]! <= offset) low = middle + 1
    else high = middle
  }
  return low
}

export function isNode(value: unknown): value is SyntaxNode {
  return typeof value === 'object' && value !== null && typeof (value as SyntaxNode).type === 'string'
}

export type Visit = (node: SyntaxNode, parent: SyntaxNode | null, key: string) => void

/** Visits every node, parents first. `enter` may keep the walk out of a node. */
export function walk(
  root: SyntaxNode,
  visit: Visit,
  enter: (node: SyntaxNode) => boolean = () => true,
): void {
  const step = (node: SyntaxNode, parent: SyntaxNode | null, key: string): void => {
    if (!enter(node)) return
    visit(node, parent, key)
    for (const [name, value] of Object.entries(node)) {
      if (Array.isArray(value)) for (const item of value) isNode(item) && step(item, node, name)
      else if (isNode(value)) step(value, node, name)
    }
  }
  step(root, null, '')
}

/** The name a node stands for where it is a name: `a`, `'a'`, `#a`; null for anything computed. */
export function nameOf(node: unknown): string | null {
  if (!isNode(node)) return null
  if (node.type === 'Identifier' || node.type === 'PrivateIdentifier') return node.name as string
  if (node.type === 'Literal' && typeof node.value === 'string') return node.value
  return null
}

/** The property that a member expression or an object's property names, or null where it is computed. */
export function propertyName(node: SyntaxNode): string | null {
  const property = node.type === 'MemberExpression' ? node.property : node.key
  if (node.computed && isNode(property) && property.type !== 'Literal') return null
  return nameOf(property)
}
