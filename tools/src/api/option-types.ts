import ts from 'typescript5'
import type { Declarations } from './declarations.ts'
import { declarationsOf, originOf, type Surface } from './surface.ts'

const optionName = /(?:Options|Limits|Settings)$/

/**
 * The types whose values users make, so that each property is a question to them: those called Options, Limits or Settings,
 * and what these extend and hold, as far as the same package declares it.
 */
export function optionTypes(declarations: Declarations, surface: Surface): ReadonlySet<ts.Symbol> {
  const found = new Set<ts.Symbol>()
  const directory = `${surface.entry.directory}/`
  const add = (symbol: ts.Symbol): void => {
    if (found.has(symbol)) return
    const declared = declarationsOf(symbol).filter(isObjectType)
    if (declared.length === 0 || !declarations.pathOf(declared[0]!).startsWith(directory)) return
    found.add(symbol)
    for (const declaration of declared) ts.forEachChild(declaration, look)
  }
  const look = (node: ts.Node): void => {
    // What a function takes and gives is not held.
    if (ts.isFunctionTypeNode(node) || ts.isMethodSignature(node) || ts.isTypeParameterDeclaration(node))
      return
    if (ts.isIdentifier(node)) {
      const symbol = declarations.checker.getSymbolAtLocation(node)
      const origin = symbol && originOf(declarations.checker, symbol)
      if (origin?.module === null) add(origin.symbol)
    }
    ts.forEachChild(node, look)
  }
  for (const { name, symbol } of surface.own) if (optionName.test(name)) add(symbol)
  return found
}

function isObjectType(declaration: ts.Declaration): boolean {
  return ts.isInterfaceDeclaration(declaration) || ts.isTypeAliasDeclaration(declaration)
}
