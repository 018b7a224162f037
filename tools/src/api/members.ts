import ts from 'typescript5'
import { isHidden } from './printing.ts'

/** Something that a class or a type has, for users to call, read or give. */
export type Member = {
  node: (ts.ClassElement | ts.TypeElement) & { name: ts.PropertyName }
  /** Its name, behind those that it is nested in: `directory.path`. */
  place: string
  isOfClass: boolean
  isFunction: boolean
}

/** The members of classes, interfaces and object types, each once, and those of the object types nested in them. */
export function membersOf(declared: readonly ts.Declaration[], onlyType: boolean): Member[] {
  const found = new Map<string, Member>()
  const look = (node: ts.Node, outer: string): void => {
    if (isHidden(node, onlyType)) return
    if (!isNamedMember(node)) {
      if (!isFunctionLike(node)) ts.forEachChild(node, (child) => look(child, outer))
      return
    }
    const place = outer + node.name.getText()
    const isFunction = outer === '' && isFunctionMember(node)
    if (!found.has(place)) found.set(place, { node, place, isOfClass: ts.isClassElement(node), isFunction })
    if (!isFunctionMember(node)) ts.forEachChild(node, (child) => look(child, `${place}.`))
  }
  for (const declaration of declared) if (hasMembers(declaration)) look(declaration, '')
  return [...found.values()]
}

/** Of a function or a value, the type that stands there is told by the docstring of the whole. */
function hasMembers(declaration: ts.Declaration): boolean {
  return (
    ts.isClassDeclaration(declaration) ||
    ts.isInterfaceDeclaration(declaration) ||
    ts.isTypeAliasDeclaration(declaration)
  )
}

function isNamedMember(node: ts.Node): node is Member['node'] {
  if (ts.isConstructorDeclaration(node)) return false
  return (ts.isClassElement(node) || ts.isTypeElement(node)) && node.name !== undefined
}

function isFunctionLike(node: ts.Node): boolean {
  return (
    ts.isFunctionTypeNode(node) || ts.isConstructorDeclaration(node) || ts.isCallSignatureDeclaration(node)
  )
}

function isFunctionMember(node: Member['node']): boolean {
  if (ts.isMethodDeclaration(node) || ts.isMethodSignature(node)) return true
  const { type } = node as ts.PropertySignature
  return type !== undefined && isFunctionType(type)
}

function isFunctionType(type: ts.TypeNode): boolean {
  if (ts.isParenthesizedTypeNode(type)) return isFunctionType(type.type)
  if (ts.isUnionTypeNode(type)) return type.types.some(isFunctionType)
  return ts.isFunctionTypeNode(type)
}
