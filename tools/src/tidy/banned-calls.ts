import { importsOf } from './imports.ts'
import { isPublishedSource, type Problem, type Repository } from './repository.ts'
import { isNode, nameOf, propertyName, type Source, type SyntaxNode, walk } from './source.ts'

/** The real Clock and Random, the real FileSystem and the sockets in directories: the only places that touch what they stand for. */
const realClockAndRandom = /^packages\/contracts\/src\/node(\.ts$|\/)/
const realFileSystem = /^packages\/storage\/src\/node-(file-system|machine)\.ts$/

const now = 'use Clock.now'
const wall = 'use Clock.wall'
const after = 'use Clock.after'
const soon = 'use Clock.soon'
const number = 'use Random.number'
const bytes = 'use Random.bytes'
const files = 'use the FileSystem that is handed in'

const globals: Record<string, string> = {
  setTimeout: after,
  setInterval: after,
  setImmediate: soon,
  queueMicrotask: soon,
  performance: now,
}

const members: Record<string, Record<string, string>> = {
  Date: { now: wall },
  Math: { random: number },
  process: { hrtime: now, uptime: now, nextTick: soon },
  AbortSignal: { timeout: after },
}

/** Banned whatever they are taken from, since `crypto` may be a global, an import or `webcrypto`. */
const randomSources: Record<string, string> = {
  randomBytes: bytes,
  randomFill: bytes,
  randomFillSync: bytes,
  getRandomValues: bytes,
  randomUUID: bytes,
  randomInt: number,
}

const modules: Record<string, string> = {
  fs: files,
  'fs/promises': files,
  'fs-extra': files,
  'fs-extra/esm': files,
  timers: after,
  'timers/promises': after,
  perf_hooks: now,
}

const globalObjects = new Set(['globalThis', 'global', 'self', 'window'])

/** Time, timers, randomness and files are handed in, so that a test can decide them. */
export function checkBannedCalls(repository: Repository): Problem[] {
  return repository.paths.filter(isPublishedSource).flatMap((path) => {
    const source = repository.parse(path)
    const allowed = (replacement: string): boolean =>
      replacement === files ? realFileSystem.test(path) : realClockAndRandom.test(path)
    return [...bannedImports(source), ...bannedUses(source)]
      .filter(({ replacement }) => !allowed(replacement))
      .map(({ line, what, replacement }) => ({ path, line, message: `${what}: ${replacement}` }))
  })
}

type Use = { line: number; what: string; replacement: string }

function bannedImports(source: Source): Use[] {
  return importsOf(source).flatMap(({ specifier, typesOnly, names, line }) => {
    if (specifier === null || typesOnly) return []
    const replacement = modules[specifier.replace(/^node:/, '')]
    if (replacement) return [{ line, what: specifier, replacement }]
    return names.flatMap((name) => {
      const instead = randomSources[name] ?? members.process![name]
      return instead && /^(node:)?(crypto|process)$/.test(specifier)
        ? [{ line, what: name, replacement: instead }]
        : []
    })
  })
}

/** Types name these things without touching them; everything else in a TypeScript-only node is a value. */
const valuesOfTypeScript = new Set([
  'TSAsExpression',
  'TSSatisfiesExpression',
  'TSNonNullExpression',
  'TSTypeAssertion',
  'TSInstantiationExpression',
  'TSExportAssignment',
  'TSEnumDeclaration',
  'TSEnumBody',
  'TSEnumMember',
  'TSModuleDeclaration',
  'TSModuleBlock',
  'TSParameterProperty',
])

function bannedUses(source: Source): Use[] {
  const uses: Use[] = []
  walk(
    source.program,
    (node, parent, key) => {
      const banned = bannedUse(node, parent, key)
      if (banned) uses.push({ line: source.lineAt(node.start), ...banned })
    },
    (node) => !node.type.startsWith('TS') || valuesOfTypeScript.has(node.type),
  )
  return uses
}

/** What an expression is a type put on. */
function withoutTypes(node: unknown): unknown {
  if (!isNode(node) || (!node.type.startsWith('TS') && node.type !== 'ParenthesizedExpression')) return node
  return withoutTypes(node.expression)
}

type Banned = { what: string; replacement: string }

function bannedUse(node: SyntaxNode, parent: SyntaxNode | null, key: string): Banned | null {
  if (node.type === 'Identifier') return bannedName(node, parent, key)
  if (node.type === 'MemberExpression')
    return bannedMember(nameOf(withoutTypes(node.object)), propertyName(node))
  if (node.type === 'Property' && parent?.type === 'ObjectPattern')
    return bannedMember(null, propertyName(node))
  if (node.type === 'VariableDeclarator' && isNode(node.id) && node.id.type === 'ObjectPattern') {
    const properties = node.id.properties as SyntaxNode[]
    for (const property of properties) {
      const banned = bannedMember(nameOf(node.init), propertyName(property))
      if (banned && nameOf(node.init)) return banned
    }
  }
  return null
}

function bannedMember(object: string | null, property: string | null): Banned | null {
  if (property === null) return null
  const ofGlobal = object && globalObjects.has(object) ? globals[property] : undefined
  const ofObject = object && Object.hasOwn(members, object) ? members[object]![property] : undefined
  const replacement = ofGlobal ?? ofObject ?? own(randomSources, property)
  return replacement ? { what: object ? `${object}.${property}` : property, replacement } : null
}

function bannedName(node: SyntaxNode, parent: SyntaxNode | null, key: string): Banned | null {
  if (!parent || isOnlyAName(parent, key)) return null
  const name = node.name as string
  if (name === 'Date') return dateReadsTheClock(node, parent) ? { what: 'Date', replacement: wall } : null
  const replacement = own(globals, name)
  return replacement ? { what: name, replacement } : null
}

/** `a` in `b.a`, `{ a: 1 }`, `class { a }` or `import { a as b }` is no use of the global `a`. */
function isOnlyAName(parent: SyntaxNode, key: string): boolean {
  if (parent.type === 'MemberExpression') return key === 'property' && !parent.computed
  if (/^(Property|MethodDefinition|PropertyDefinition|AccessorProperty)$/.test(parent.type)) {
    return key === 'key' && !parent.computed
  }
  return /^(Import|Export)\w*Specifier$/.test(parent.type)
}

/** `new Date(time)`, `Date.parse` and the like only calculate. */
function dateReadsTheClock(node: SyntaxNode, parent: SyntaxNode): boolean {
  if (parent.type === 'NewExpression') return (parent.arguments as unknown[]).length === 0
  if (parent.type === 'MemberExpression') return false
  return !(parent.type === 'BinaryExpression' && parent.operator === 'instanceof' && parent.right === node)
}

function own(table: Record<string, string>, name: string): string | undefined {
  return Object.hasOwn(table, name) ? table[name] : undefined
}
