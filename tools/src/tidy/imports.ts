import { isNode, nameOf, type Source, type SyntaxNode, walk } from './source.ts'

/** One place where a source names another module, in whatever way the language has for it. */
export type Import = {
  /** null where it is computed when the program runs. */
  specifier: string | null
  /** Nothing of it is left when the types are gone. */
  typesOnly: boolean
  names: string[]
  line: number
}

export function importsOf(source: Source): Import[] {
  const found: Import[] = []
  walk(source.program, (node) => {
    const module = moduleNamed(node)
    if (module === undefined) return
    found.push({
      specifier: textOf(module),
      typesOnly: node.type === 'TSImportType' || node.importKind === 'type' || node.exportKind === 'type',
      names: importedNames(node),
      line: source.lineAt(node.start),
    })
  })
  return found
}

/** The part of a node that names a module, or undefined if the node has no such part. */
function moduleNamed(node: SyntaxNode): unknown {
  switch (node.type) {
    case 'ImportDeclaration':
    case 'ExportAllDeclaration':
    case 'ImportExpression':
    case 'TSImportType':
      return node.source
    case 'ExportNamedDeclaration':
      return node.source ?? undefined
    case 'TSExternalModuleReference':
      return node.expression
    case 'CallExpression':
      return isNode(node.callee) && loads(node.callee)
        ? ((node.arguments as unknown[])[0] ?? null)
        : undefined
    default:
      return undefined
  }
}

const loaders = new Set(['vi.mock', 'vi.doMock', 'vi.importActual', 'vi.importMock'])

function loads(callee: SyntaxNode): boolean {
  if (callee.type === 'Identifier') return callee.name === 'require'
  if (callee.type !== 'MemberExpression' || !isNode(callee.object)) return false
  if (callee.object.type === 'MetaProperty') return nameOf(callee.property) === 'resolve'
  return loaders.has(`${nameOf(callee.object)}.${nameOf(callee.property)}`)
}

function textOf(node: unknown): string | null {
  if (!isNode(node)) return null
  if (node.type === 'Literal') return nameOf(node)
  if (node.type !== 'TemplateLiteral') return null
  const parts = node.quasis as { value: { cooked: string } }[]
  return parts.length === 1 ? parts[0]!.value.cooked : null
}

function importedNames(node: SyntaxNode): string[] {
  const specifiers = (node.specifiers ?? []) as SyntaxNode[]
  return specifiers.flatMap((specifier) => {
    if (specifier.type === 'ImportSpecifier') return nameOf(specifier.imported) ?? []
    if (specifier.type === 'ExportSpecifier') return nameOf(specifier.local) ?? []
    return []
  })
}

/** The package that a specifier names, or null for a relative path, an absolute one, or a module of Node.js. */
export function packageNamed(specifier: string): string | null {
  if (/^[./]|^node:|^[a-z]+:\/\//.test(specifier)) return null
  return specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/')
}
