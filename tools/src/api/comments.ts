import ts from 'typescript5'
import type { Declarations, ReadFile } from './declarations.ts'
import { declarationsOf } from './surface.ts'

/** Words that say nothing of the thing named. */
const fillers = new Set(['a', 'an', 'the', 'of', 'its', 'this', 'that', 'is', 'for', 'to', 'and'])

/** The source that the compiler made these declarations of. */
export function sourceOf(path: string): string {
  return path.replace('/dist/', '/src/').replace(/\.d\.ts$/, '.ts')
}

/** Whether an exported name has a docstring of its own, which says more than the name. */
export function isDescribed(declarations: Declarations, symbol: ts.Symbol, readFile: ReadFile): boolean {
  return declarationsOf(symbol).some((declaration) => {
    const comment = docstringOf(declarations, declaration, readFile)
    return (
      comment !== null &&
      saysMore(symbol.name, ts.getTextOfJSDocComment(comment.comment) ?? '', comment.tags ?? [])
    )
  })
}

/** The comment above a declaration, or null if it has none: one that says what its file is for is not its own. */
export function docstringOf(
  declarations: Declarations,
  declaration: ts.Declaration,
  readFile: ReadFile,
): ts.JSDoc | null {
  const comment = ts.getJSDocCommentsAndTags(declaration).filter(ts.isJSDoc).at(-1)
  if (!comment) return null
  const header = headerOf(readFile(sourceOf(declarations.pathOf(declaration))) ?? '')
  return header !== null && squeezed(header) === squeezed(comment.getText()) ? null : comment
}

/** Whether a member has a docstring: its own, or that of the type which its class implements or its interface extends. */
export function isDescribedMember({ checker }: Declarations, symbol: ts.Symbol): boolean {
  const text = ts.displayPartsToString(symbol.getDocumentationComment(checker))
  return saysMore(symbol.name, text, symbol.getJsDocTags(checker))
}

function saysMore(name: string, text: string, tags: readonly unknown[]): boolean {
  if (tags.length > 0) return true
  const known = new Set(wordsOf(name.replaceAll(/([a-z0-9])([A-Z])/g, '$1 $2')))
  return wordsOf(text).some((word) => !known.has(word) && !fillers.has(word))
}

function wordsOf(text: string): string[] {
  return text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []
}

/**
 * The comment that says what a file is for, or null if it has none. A blank line or the imports follow it, which the
 * compiler leaves out: in its declarations such a comment seems to belong to what comes first.
 */
function headerOf(source: string): string | null {
  const start =
    /^(?:\s*\/\/\/[^\n]*\n)*\s*(\/\*\*(?:(?!\*\/)[\s\S])*\*\/)[ \t]*\n(?=[ \t]*\n|import\b|export (?:type )?[{*]|\/\*\*)/
  return start.exec(source)?.[1] ?? null
}

function squeezed(text: string): string {
  return text.replaceAll(/\s+/g, ' ')
}
