import { posix } from 'node:path'
import ts from 'typescript5'
import type { EntryPoint } from './entry-points.ts'

/** The text of a file by its path from the root, or null if it isn't there. */
export type ReadFile = (path: string) => string | null

/** The declarations of all packages, as the compiler sees them. */
export type Declarations = {
  checker: ts.TypeChecker
  /** The file of these declarations. Throws if it isn't there. */
  file(path: string): ts.SourceFile
  /** The path from the root of the file that a piece of syntax stands in. */
  pathOf(node: ts.Node): string
}

// Packages find each other by their names, and nothing else is looked at: not node_modules, and none of the
// machine's own paths. So the same declarations give the same reports everywhere.
const root = '/'

const options: ts.CompilerOptions = {
  module: ts.ModuleKind.NodeNext,
  target: ts.ScriptTarget.ES2022,
  noLib: true,
  types: [],
}

export function openDeclarations(entries: readonly EntryPoint[], readFile: ReadFile): Declarations {
  const doors = new Map(entries.map(({ name, types }) => [name, types]))
  const pathOf = (node: ts.Node): string => node.getSourceFile().fileName.slice(root.length)
  const resolve = (name: string, from: string): string | undefined => {
    if (!name.startsWith('.')) return doors.get(name)
    const path = posix.join(posix.dirname(from.slice(root.length)), name)
    return path.replace(/\.[jt]s$/, '.d.ts')
  }
  const host: ts.CompilerHost = {
    fileExists: (path) => readFile(path.slice(root.length)) !== null,
    readFile: (path) => readFile(path.slice(root.length)) ?? undefined,
    getSourceFile: (path, languageVersion) => {
      const text = readFile(path.slice(root.length))
      return text === null ? undefined : ts.createSourceFile(path, text, languageVersion)
    },
    resolveModuleNameLiterals: (literals, from) =>
      literals.map(({ text }) => {
        const path = resolve(text, from)
        if (path === undefined) return { resolvedModule: undefined }
        return { resolvedModule: { resolvedFileName: root + path, extension: ts.Extension.Dts } }
      }),
    getDefaultLibFileName: () => `${root}none.d.ts`,
    getCurrentDirectory: () => root,
    getCanonicalFileName: (path) => path,
    useCaseSensitiveFileNames: () => true,
    getNewLine: () => '\n',
    writeFile: () => undefined,
  }
  const program = ts.createProgram(
    [...doors.values()].map((path) => root + path),
    options,
    host,
  )
  const file = (path: string): ts.SourceFile => {
    const found = program.getSourceFile(root + path)
    if (!found) throw new Error(`${path} is not there: compile the package (npm run build)`)
    return found
  }
  return { checker: program.getTypeChecker(), file, pathOf }
}
