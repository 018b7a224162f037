import ts from 'typescript5'
import { isDescribed, isDescribedMember, sourceOf } from './comments.ts'
import type { Declarations, ReadFile } from './declarations.ts'
import { byText } from './entry-points.ts'
import { type Member, membersOf } from './members.ts'
import { optionTypes } from './option-types.ts'
import { declarationsOf, type Surface } from './surface.ts'

/** Something that users meet without a word on what it means. */
export type Missing = {
  /** The source that it stands in. */
  path: string
  /** `Clock`, `Clock.now`. */
  name: string
  /** A field of data, which may go without; though one that has a unit or a catch should not. */
  isField: boolean
}

/**
 * What an entry point exports without a docstring.
 *
 * There must be one for each export; for what a class or a type does (methods, and properties that are functions); for
 * each other property of a class; and for each property of options. Properties of other types are fields of data.
 *
 * These say enough by themselves: members named by a symbol of the language; constants of a class, which show their value;
 * the `name` of an error; what has the docstring of the type that its class implements or its interface extends; a
 * property called as its type (`clock: Clock`), which has a docstring; and a property of
 * a type that the docstring above it names (`{ maxStalenessMs }`).
 */
export function missingDocstrings(
  declarations: Declarations,
  surface: Surface,
  readFile: ReadFile,
): Missing[] {
  const options = optionTypes(declarations, surface)
  const missing: Missing[] = []
  const look = (name: string, symbol: ts.Symbol, onlyType: boolean): void => {
    for (const member of membersOf(declarationsOf(symbol), onlyType)) {
      const mustSpeak = member.isOfClass || member.isFunction
      if (saysEnough(declarations, member) || (!mustSpeak && isNamedAbove(member))) continue
      const isField = !mustSpeak && !options.has(symbol)
      const path = sourceOf(declarations.pathOf(member.node))
      missing.push({ path, name: `${name}.${member.place}`, isField })
    }
  }
  for (const { name, symbol, declarations: declared, onlyType } of surface.own) {
    const path = sourceOf(declarations.pathOf(declared[0]!))
    if (!isDescribed(declarations, symbol, readFile)) missing.push({ path, name, isField: false })
    look(name, symbol, onlyType)
  }
  const exported = new Set(surface.own.map(({ symbol }) => symbol))
  for (const symbol of options) if (!exported.has(symbol)) look(symbol.name, symbol, true)
  return missing.sort((a, b) => byText(a.path, b.path))
}

function saysEnough(declarations: Declarations, { node }: Member): boolean {
  if (ts.isComputedPropertyName(node.name)) return true
  if (ts.isPropertyDeclaration(node) && node.initializer) return true
  const name = node.name.getText()
  if (name === 'name' && ts.isClassDeclaration(node.parent) && isError(node.parent)) return true
  if (!ts.isMethodDeclaration(node) && isCalledAsItsType(name, node)) return true
  const symbol = declarations.checker.getSymbolAtLocation(node.name)
  return symbol !== undefined && isDescribedMember(declarations, symbol)
}

/** Whether the docstring of the type, or of the property, that this stands in speaks of it, as code: `name`, `{ name }`. */
function isNamedAbove({ node: { name } }: Member): boolean {
  for (let node = name.parent.parent; !ts.isSourceFile(node); node = node.parent) {
    const comment = ts.getJSDocCommentsAndTags(node).filter(ts.isJSDoc).at(-1)
    const spans = comment?.getText().match(/`[^`]*`/g) ?? []
    if (spans.some((span) => span.match(/[\w$]+/g)?.includes(name.getText()))) return true
  }
  return false
}

function isError(declaration: ts.ClassDeclaration): boolean {
  return (declaration.heritageClauses ?? []).some((clause) =>
    clause.types.some(({ expression }) => expression.getText().endsWith('Error')),
  )
}

function isCalledAsItsType(name: string, node: ts.Node): boolean {
  const { type } = node as ts.PropertySignature
  const isNamed = (part: ts.Node): boolean =>
    (ts.isTypeReferenceNode(part) && part.typeName.getText().toLowerCase() === name.toLowerCase()) ||
    (!ts.isFunctionTypeNode(part) && ts.forEachChild(part, isNamed) === true)
  return type !== undefined && isNamed(type)
}
