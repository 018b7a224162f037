import ts from 'typescript5'
import type { Declarations } from './declarations.ts'
import { byText } from './entry-points.ts'
import { isHidden } from './printing.ts'
import { declarationsOf, originOf, type Surface } from './surface.ts'

/** What the declarations of an entry point rest on. */
export type Uses = {
  /** Declared in the package and exported by none of its entry points, by name. */
  hidden: { name: string; declarations: ts.Declaration[] }[]
  /** Names of other modules, sorted by these. */
  imports: { module: string; name: string }[]
}

/** `exported` has the symbols that any entry point of the package exports. */
export function usesOf(declarations: Declarations, surface: Surface, exported: ReadonlySet<ts.Symbol>): Uses {
  const hidden = new Map<ts.Symbol, ts.Declaration[]>()
  const imports = new Map<string, { module: string; name: string }>()
  const directory = `${surface.entry.directory}/`
  const look = (node: ts.Node, onlyType: boolean): void => {
    if (isHidden(node, onlyType)) return
    if (ts.isIdentifier(node)) name(node)
    if (ts.isImportTypeNode(node)) inPlace(node)
    ts.forEachChild(node, (child) => look(child, onlyType))
  }
  const inPlace = ({ argument, qualifier }: ts.ImportTypeNode): void => {
    const module = argument.getText().slice(1, -1)
    if (qualifier && !module.startsWith('.')) add({ module, name: qualifier.getText().split('.')[0]! })
  }
  const add = (found: { module: string; name: string }): void => {
    imports.set(`${found.module} ${found.name}`, found)
  }
  const name = (identifier: ts.Identifier): void => {
    const symbol = declarations.checker.getSymbolAtLocation(identifier)
    if (!symbol) return
    const origin = originOf(declarations.checker, symbol)
    if (origin.module !== null) {
      add({ module: origin.module, name: origin.name })
      return
    }
    if (exported.has(origin.symbol) || hidden.has(origin.symbol)) return
    const declared = declarationsOf(origin.symbol).filter(
      (declaration) => isTopLevel(declaration) && declarations.pathOf(declaration).startsWith(directory),
    )
    if (declared.length === 0) return
    hidden.set(origin.symbol, declared)
    for (const declaration of declared) look(declaration, false)
  }
  for (const { declarations: declared, onlyType } of surface.own)
    for (const declaration of declared) look(declaration, onlyType)
  return {
    hidden: [...hidden]
      .map(([symbol, declared]) => ({ name: symbol.name, declarations: declared }))
      .sort((a, b) => byText(a.name, b.name) || byText(placeOf(declarations, a), placeOf(declarations, b))),
    imports: [...imports.values()].sort((a, b) => byText(a.module, b.module) || byText(a.name, b.name)),
  }
}

function placeOf(declarations: Declarations, { declarations: [first] }: Uses['hidden'][number]): string {
  return declarations.pathOf(first!)
}

function isTopLevel(declaration: ts.Declaration): boolean {
  const statement = ts.isVariableDeclaration(declaration) ? declaration.parent.parent : declaration
  if (ts.isSourceFile(statement)) return false
  return ts.isSourceFile(statement.parent) && !ts.isImportDeclaration(statement)
}
