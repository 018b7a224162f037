import { posix } from 'node:path'
import ts from 'typescript5'
import type { Workspace } from '../workspaces.ts'
import { docstringOf } from './comments.ts'
import { type Declarations, openDeclarations, type ReadFile } from './declarations.ts'
import { type EntryPoint, entryPointsOf } from './entry-points.ts'
import { membersOf } from './members.ts'
import { printDeclaration } from './printing.ts'
import { type LinkTo, type Prose, paragraphsOf, proseOf, sentenceOf } from './prose.ts'
import { declarationsOf, type Exported, type Surface, surfaceOf } from './surface.ts'
import { usesOf } from './uses.ts'

/** A page for people to read: what an entry point gives away, and what its docstrings say of that. */
export type ReferencePage = { file: string; text: string }

/** What pages are made of. */
type Sources = {
  declarations: Declarations
  readFile: ReadFile
  surfaces: readonly Surface[]
  /** From the directory of the pages to the root. */
  toRoot: string
}

/**
 * One page for each entry point of each published package, and `README.md`, which lists them.
 * @param directory where the pages will be, from the root: they link from there.
 */
export function referencePages(
  workspaces: readonly Workspace[],
  readFile: ReadFile,
  directory: string,
): ReferencePage[] {
  const entries = entryPointsOf(workspaces)
  const declarations = openDeclarations(entries, readFile)
  const surfaces = entries.map((entry) => surfaceOf(declarations, entry))
  const sources = { declarations, readFile, surfaces, toRoot: posix.relative(directory, '.') }
  const manifests = new Map(workspaces.map(({ directory: at, manifest }) => [at, manifest]))
  const rows = surfaces.map(({ entry, own }) => {
    const { description } = manifests.get(entry.directory) as { description?: string }
    const door = entry.name === manifests.get(entry.directory)!.name ? description : ''
    return `| [\`${entry.name}\`](${fileOf(entry)}) | ${own.length} | ${door} |`
  })
  const about = [
    '# Reference',
    'What each package gives to those who import it, and what that means. Made of the declarations and docstrings of the packages, as an editor shows them.',
    ['| import from | names of its own | |', '| --- | --- | --- |', ...rows].join('\n'),
    `[Errors](${sources.toRoot}/docs/errors.md) are on a page of their own, as are [all packages](${sources.toRoot}/docs/architecture.md#the-packages) and what depends on what.`,
  ]
  return [
    { file: 'README.md', text: `${about.join('\n\n')}\n` },
    ...surfaces.map((surface) => ({ file: fileOf(surface.entry), text: pageOf(sources, surface) })),
  ]
}

function fileOf({ page }: EntryPoint): string {
  return posix.basename(page)
}

const kinds = ['Functions', 'Classes', 'Constants', 'Types'] as const

function pageOf(sources: Sources, surface: Surface): string {
  const { entry, own, passedOn, wholeModules } = surface
  const { toRoot } = sources
  const siblings = sources.surfaces.filter((other) => other.entry.directory === entry.directory)
  const exported = new Set(siblings.flatMap((sibling) => sibling.own.map(({ symbol }) => symbol)))
  const { hidden } = usesOf(sources.declarations, surface, exported)
  const unnamed = hidden.map(({ declarations: declared }) => declared.map(code).join('\n'))
  const linkTo: LinkTo = (name) => {
    const [head] = name.split('.')
    return own.some((one) => one.name === head) ? `#${head}` : null
  }
  const parts = kinds.flatMap((kind) => {
    const entries = own.filter((one) => kindOf(one) === kind)
    if (entries.length === 0) return []
    return [`## ${kind}`, ...entries.flatMap((one) => partsOf(sources, one, linkTo))]
  })
  const all = [
    `# ${entry.name}`,
    `From [${entry.directory}](${toRoot}/${entry.directory}/README.md), where it is told what this is for and how it is used.`,
    ...parts,
    ...passedOnParts(sources, passedOn, wholeModules),
    ...(unnamed.length === 0
      ? []
      : [
          '## Types without a name',
          'No import can name these; they are part of the above.',
          fenced(unnamed.join('\n\n')),
        ]),
  ]
  return `${all.join('\n\n')}\n`
}

function passedOnParts(
  { surfaces }: Sources,
  passedOn: Surface['passedOn'],
  wholeModules: readonly string[],
): string[] {
  const pageNamed = (module: string): string | null => {
    const found = surfaces.find(({ entry }) => entry.name === module)
    return found ? fileOf(found.entry) : null
  }
  const linked = (label: string, module: string, anchor = ''): string => {
    const page = pageNamed(module)
    return page === null ? label : `[${label}](${page}${anchor})`
  }
  const modules = [...new Set(passedOn.map(({ module }) => module))]
  const rows = [
    ...wholeModules.map((module) => `| all of it | ${linked(`\`${module}\``, module)} |`),
    ...modules.map((module) => {
      const names = passedOn.filter((one) => one.module === module)
      const links = names.map(({ name, of }) => linked(`\`${name}\``, module, anchorIn(surfaces, module, of)))
      return `| ${links.join(', ')} | ${linked(`\`${module}\``, module)} |`
    }),
  ]
  if (rows.length === 0) return []
  return ['## Of other packages', ['| name | told with |', '| --- | --- |', ...rows].join('\n')]
}

/** Only what a page tells itself has an anchor there. */
function anchorIn(surfaces: readonly Surface[], module: string, name: string): string {
  const found = surfaces.find(({ entry }) => entry.name === module)
  return found?.own.some((one) => one.name === name) ? `#${name}` : ''
}

function kindOf({ declarations: [first], onlyType }: Exported): (typeof kinds)[number] {
  if (ts.isFunctionDeclaration(first!)) return 'Functions'
  if (ts.isVariableDeclaration(first!)) return 'Constants'
  return ts.isClassDeclaration(first!) && !onlyType ? 'Classes' : 'Types'
}

function partsOf(sources: Sources, one: Exported, linkTo: LinkTo): string[] {
  const { declarations: declared, onlyType, name, symbol } = one
  const members = membersOf(declared, onlyType).flatMap((member) => {
    const found = sources.declarations.checker.getSymbolAtLocation(member.node.name)
    const told = found ? sentenceOf(proseOfSymbol(sources, found, linkTo)) : ''
    return told === '' ? [] : [`- **\`${member.place}\`** ${told}`]
  })
  // The anchor is the name as it is: two may differ only in their capitals.
  return [
    `### ${name} {#${name}}`,
    ...paragraphsOf(proseOfExport(sources, symbol, linkTo)),
    ...(onlyType ? ['Only as a type: it can neither be made nor extended.'] : []),
    fenced(declared.map((declaration) => printDeclaration(declaration, onlyType)).join('\n')),
    ...(members.length === 0 ? [] : [members.join('\n')]),
  ]
}

function proseOfExport(sources: Sources, symbol: ts.Symbol, linkTo: LinkTo): Prose {
  const { declarations, readFile } = sources
  const isOwn = declarationsOf(symbol).some(
    (declaration) => docstringOf(declarations, declaration, readFile) !== null,
  )
  return isOwn ? proseOfSymbol(sources, symbol, linkTo) : proseOf([], [], linkTo)
}

function proseOfSymbol({ declarations: { checker } }: Sources, symbol: ts.Symbol, linkTo: LinkTo): Prose {
  return proseOf(symbol.getDocumentationComment(checker), symbol.getJsDocTags(checker), linkTo)
}

function code(declaration: ts.Declaration): string {
  return printDeclaration(declaration, false)
}

function fenced(text: string): string {
  return `\`\`\`ts\n${text}\n\`\`\``
}
