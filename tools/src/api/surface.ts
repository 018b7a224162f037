import ts from 'typescript5'
import type { Declarations } from './declarations.ts'
import { byText, type EntryPoint } from './entry-points.ts'

/** A name that an entry point gives away, declared in its own package. */
export type Exported = {
  name: string
  symbol: ts.Symbol
  declarations: ts.Declaration[]
  /** A class or a value of which only the type can be named. */
  onlyType: boolean
}

/** What an entry point gives to those who import it. */
export type Surface = {
  entry: EntryPoint
  own: Exported[]
  /** Names of other packages that are passed on, each with the module that has it. */
  passedOn: { name: string; of: string; module: string }[]
  /** Modules of which everything is passed on. */
  wholeModules: string[]
}

/** Where a name comes from: another module by name, or a declaration of the same package. */
export type Origin = { module: string; name: string } | { module: null; symbol: ts.Symbol; onlyType: boolean }

export function surfaceOf(declarations: Declarations, entry: EntryPoint): Surface {
  const { checker } = declarations
  const file = declarations.file(entry.types)
  const surface: Surface = { entry, own: [], passedOn: [], wholeModules: [] }
  const module = checker.getSymbolAtLocation(file)
  if (!module) return surface
  const whole = wholeModulesOf(declarations, file)
  surface.wholeModules = [...whole.keys()].sort(byText)
  const named = new Set([...whole.values()].flat())
  for (const symbol of checker.getExportsOfModule(module)) {
    if (isInternal(symbol) || named.has(symbol)) continue
    const origin = originOf(checker, symbol)
    if (origin.module !== null) {
      surface.passedOn.push({ name: symbol.name, of: origin.name, module: origin.module })
    } else if (!isInternal(origin.symbol)) surface.own.push(exported(symbol.name, origin))
  }
  surface.own.sort((a, b) => byText(a.name, b.name))
  surface.passedOn.sort((a, b) => byText(a.module, b.module) || byText(a.name, b.name))
  return surface
}

function exported(name: string, { symbol, onlyType }: Origin & { module: null }): Exported {
  const declared = declarationsOf(symbol)
  if (declared.some((declaration) => ts.isSourceFile(declaration))) {
    throw new Error(`${name} is a whole module (export * as ${name}): export its names one by one`)
  }
  const isValue = (symbol.flags & ts.SymbolFlags.Value) !== 0
  return { name, symbol, declarations: declared, onlyType: onlyType && isValue }
}

/** In the order of their files and places. */
export function declarationsOf(symbol: ts.Symbol): ts.Declaration[] {
  const declared = [...(symbol.declarations ?? [])]
  return declared.sort(
    (a, b) => byText(a.getSourceFile().fileName, b.getSourceFile().fileName) || a.pos - b.pos,
  )
}

/** The modules of other packages that `export *` passes on, here or in a file of the same package, with what they export. */
function wholeModulesOf(declarations: Declarations, file: ts.SourceFile): Map<string, ts.Symbol[]> {
  const found = new Map<string, ts.Symbol[]>()
  const seen = new Set<ts.SourceFile>()
  const look = (from: ts.SourceFile): void => {
    if (seen.has(from)) return
    seen.add(from)
    for (const statement of from.statements) {
      if (!ts.isExportDeclaration(statement) || statement.exportClause) continue
      const specifier = statement.moduleSpecifier as ts.StringLiteral
      const module = declarations.checker.getSymbolAtLocation(specifier)
      if (!specifier.text.startsWith('.')) {
        found.set(specifier.text, module ? declarations.checker.getExportsOfModule(module) : [])
      } else if (module?.declarations) look(module.declarations[0] as ts.SourceFile)
    }
  }
  look(file)
  return found
}

/** Follows a name through the imports and exports of its package. */
export function originOf(checker: ts.TypeChecker, symbol: ts.Symbol): Origin {
  let at = symbol
  let onlyType = false
  while (at.flags & ts.SymbolFlags.Alias) {
    const link = linkOf(at)
    onlyType ||= link.onlyType
    if (link.specifier && !link.specifier.text.startsWith('.')) {
      return { module: link.specifier.text, name: link.name }
    }
    const next = follow(checker, link)
    if (!next) throw new Error(`${symbol.name} can't be followed to its declaration`)
    at = next
  }
  return { module: null, symbol: at, onlyType }
}

type Link = { node: ts.Declaration; name: string; specifier: ts.StringLiteral | null; onlyType: boolean }

function linkOf(symbol: ts.Symbol): Link {
  const node = symbol.declarations?.[0]
  if (node && (ts.isExportSpecifier(node) || ts.isImportSpecifier(node))) {
    const list = ts.isExportSpecifier(node) ? node.parent.parent : node.parent.parent.parent
    const onlyType = node.isTypeOnly || (ts.isExportDeclaration(list) && list.isTypeOnly)
    return { node, name: (node.propertyName ?? node.name).text, specifier: specifierOf(list), onlyType }
  }
  if (node && (ts.isNamespaceImport(node) || ts.isNamespaceExport(node) || ts.isImportClause(node))) {
    const list = ts.isNamespaceImport(node) ? node.parent.parent : node.parent
    const name = ts.isImportClause(node) ? 'default' : '*'
    return { node, name, specifier: specifierOf(list), onlyType: false }
  }
  throw new Error(`${symbol.name} is exported in a way that no report can show: export it by its name`)
}

function specifierOf(list: ts.Node): ts.StringLiteral | null {
  const { moduleSpecifier } = list as ts.ImportDeclaration | ts.ExportDeclaration
  return moduleSpecifier && ts.isStringLiteral(moduleSpecifier) ? moduleSpecifier : null
}

function follow(checker: ts.TypeChecker, { node, name, specifier }: Link): ts.Symbol | undefined {
  if (!specifier) return checker.getExportSpecifierLocalTargetSymbol(node as ts.ExportSpecifier)
  const module = checker.getSymbolAtLocation(specifier)
  if (!module || name === '*') return module
  return checker.tryGetMemberInModuleExports(name, module)
}

/** Marked `@internal`: there for the other packages of this repository, and no promise to anybody. */
export function isInternal(symbol: ts.Symbol): boolean {
  return (symbol.declarations ?? []).some((declaration) =>
    isInternalNode(ts.isExportSpecifier(declaration) ? declaration.parent.parent : declaration),
  )
}

export function isInternalNode(node: ts.Node): boolean {
  return ts.getJSDocTags(node).some(({ tagName }) => tagName.text === 'internal')
}
