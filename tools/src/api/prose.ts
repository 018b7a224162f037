import type ts from 'typescript5'

/** What a docstring says, as Markdown. */
export type Prose = {
  text: string
  parameters: { name: string; text: string }[]
  returns: string | null
  throws: string[]
  see: string[]
}

/** Where a name that a docstring links is told, as Markdown links it, or null if nowhere here. */
export type LinkTo = (name: string) => string | null

/** A docstring by its parts: what the compiler says of a symbol, or the comment itself. */
export function proseOf(
  description: readonly ts.SymbolDisplayPart[],
  tags: readonly ts.JSDocTagInfo[],
  linkTo: LinkTo,
): Prose {
  const marked = (parts: readonly ts.SymbolDisplayPart[]): string =>
    withLinks(textOfParts(parts), linkTo).trim()
  const textOf = (tag: ts.JSDocTagInfo): string => marked(tag.text ?? [])
  const named = (name: string): string[] => tags.filter((tag) => tag.name === name).map(textOf)
  const parameters = tags
    .filter(({ name }) => name === 'param')
    .map((tag) => {
      const [name, ...rest] = textOf(tag).split(/\s+/)
      return { name: name!, text: rest.join(' ').replace(/^- /, '') }
    })
  return {
    text: marked(description),
    parameters,
    returns: named('returns').join(' ') || null,
    throws: named('throws').map((text) => text.replace(/^\{(\w+)\}/, '`$1`')),
    see: named('see'),
  }
}

/** The compiler leaves out what stands between the name that is linked and the words that are shown. */
function textOfParts(parts: readonly ts.SymbolDisplayPart[]): string {
  return parts
    .map(({ kind, text }, index) =>
      kind === 'linkText' && parts[index - 1]?.kind === 'linkName' ? `|${text}` : text,
    )
    .join('')
}

function withLinks(text: string, linkTo: LinkTo): string {
  return text.replaceAll(/\{@link\s+([^\s|}]+)\s*\|?\s*([^}]*)\}/g, (_, name: string, shown: string) => {
    const label = shown.trim() || `\`${name}\``
    const target = linkTo(name)
    return target === null ? label : `[${label}](${target})`
  })
}

/** Of something that has a heading of its own. */
export function paragraphsOf({ text, parameters, returns, throws, see }: Prose): string[] {
  const told = parameters.map(({ name, text: meaning }) => `- \`${name}\`: ${onOneLine(meaning)}`)
  return [
    text,
    told.join('\n'),
    returns === null ? '' : `**Returns** ${returns}`,
    ...throws.map((thrown) => `**Throws** ${thrown}`),
    ...see.map((place) => `**See** ${place}`),
  ].filter((paragraph) => paragraph !== '')
}

/** Of something that stands in a list. */
export function sentenceOf({ text, parameters, returns, throws, see }: Prose): string {
  const told = parameters.map(({ name, text: meaning }) => `\`${name}\`: ${meaning}`)
  const parts = [
    text,
    ...told,
    returns === null ? '' : `**Returns** ${returns}`,
    ...throws.map((thrown) => `**Throws** ${thrown}`),
    ...see.map((place) => `**See** ${place}`),
  ]
  return parts
    .filter((part) => part !== '')
    .map(onOneLine)
    .join(' ')
}

function onOneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ')
}
