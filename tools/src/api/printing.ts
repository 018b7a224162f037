import ts from 'typescript5'
import { isInternalNode } from './surface.ts'

const printer = ts.createPrinter({ removeComments: true, newLine: ts.NewLineKind.LineFeed })
const lineWidth = 100

/**
 * A declaration as users may rely on it: without comments, private members, and what is marked as internal; without
 * constructors too where `onlyType`, since then nobody can call them.
 */
export function printDeclaration(declaration: ts.Declaration, onlyType: boolean): string {
  const { transformed, dispose } = ts.transform(statementOf(declaration), [publicPart(onlyType)])
  const statement = transformed[0]!
  const file = declaration.getSourceFile()
  const text = print(statement, file)
  const printed = ts.isTypeAliasDeclaration(statement) ? brokenUnion(statement, text, file) : text
  dispose()
  return printed
}

function print(node: ts.Node, file: ts.SourceFile): string {
  return printer.printNode(ts.EmitHint.Unspecified, node, file)
}

function statementOf(declaration: ts.Declaration): ts.Node {
  if (!ts.isVariableDeclaration(declaration)) return declaration
  const list = ts.factory.createVariableDeclarationList([declaration], declaration.parent.flags)
  return ts.factory.createVariableStatement(undefined, list)
}

function publicPart(onlyType: boolean): ts.TransformerFactory<ts.Node> {
  return (context) => {
    const visit = (node: ts.Node): ts.Node | undefined => {
      if (isHidden(node, onlyType)) return undefined
      if (node.kind === ts.SyntaxKind.ExportKeyword) return undefined
      if (node.kind === ts.SyntaxKind.DeclareKeyword) return undefined
      const visited = ts.visitEachChild(node, visit, context)
      if (ts.isImportTypeNode(visited)) return withoutModule(visited)
      if (ts.isTupleTypeNode(visited)) return ts.setEmitFlags(visited, ts.EmitFlags.SingleLine)
      return ts.isClassDeclaration(visited) ? withMark(node as ts.ClassDeclaration, visited) : visited
    }
    return (node) => visit(node)!
  }
}

/** `import('a').B` as `B`: where it comes from is told once for all. */
function withoutModule(node: ts.ImportTypeNode): ts.TypeNode {
  if (!node.qualifier || node.isTypeOf) return node
  return ts.factory.createTypeReferenceNode(node.qualifier, node.typeArguments)
}

/** Only instances of the class itself fit a class with private members: that it has any is part of its type. */
function withMark(whole: ts.ClassDeclaration, visible: ts.ClassDeclaration): ts.ClassDeclaration {
  if (!whole.members.some((member) => isPrivate(member))) return visible
  const { modifiers, name, typeParameters, heritageClauses, members } = visible
  const mark = ts.factory.createPrivateIdentifier('#private')
  const property = ts.factory.createPropertyDeclaration(undefined, mark, undefined, undefined, undefined)
  return ts.factory.updateClassDeclaration(visible, modifiers, name, typeParameters, heritageClauses, [
    property,
    ...members,
  ])
}

/** Of the members of classes and types: whether no user is to know of it. */
export function isHidden(node: ts.Node, onlyType: boolean): boolean {
  if (!ts.isClassElement(node) && !ts.isTypeElement(node)) return false
  if (ts.isConstructorDeclaration(node)) return onlyType || isInternalNode(node)
  return isPrivate(node) || isInternalNode(node)
}

function isPrivate(node: ts.ClassElement | ts.TypeElement): boolean {
  // A private constructor stays to be seen: there is another way to get one.
  if (ts.isConstructorDeclaration(node)) return false
  if (node.name && ts.isPrivateIdentifier(node.name)) return true
  return (ts.getCombinedModifierFlags(node) & ts.ModifierFlags.Private) !== 0
}

/** A long choice, one to a line: a new one is one line of a diff. */
function brokenUnion(alias: ts.TypeAliasDeclaration, text: string, file: ts.SourceFile): string {
  if (!ts.isUnionTypeNode(alias.type) || text.length <= lineWidth) return text
  const head = text.slice(0, text.length - print(alias.type, file).length - 1).trimEnd()
  const choices = alias.type.types.map((type) => `\n    | ${print(type, file).replaceAll('\n', '\n    ')}`)
  return `${head}${choices.join('')};`
}
