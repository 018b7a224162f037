import { isPublishedPage, isPublishedSource, type Problem, type Repository } from './repository.ts'
import { isNode, nameOf, type Source, type SyntaxNode, walk } from './source.ts'

export const functionLimit = 70
export const fileLimit = 500
const exceptionsPath = 'tools/tidy-exceptions.txt'

/** What is too long, less what tools/tidy-exceptions.txt excuses; an excuse nobody needs any more must go. */
export function checkSizes(repository: Repository): Problem[] {
  const { excused, problems } = readExceptions(repository)
  const unused = new Map(excused)
  for (const path of repository.paths.filter((path) => isPublishedSource(path) || isPublishedPage(path))) {
    for (const { name, ...problem } of tooLong(repository, path)) {
      if (!excused.has(name)) problems.push(problem)
      unused.delete(name)
    }
  }
  for (const [name, line] of unused) {
    problems.push({ path: exceptionsPath, line, message: `${name} needs no exception: remove this line` })
  }
  return problems
}

type Exceptions = { excused: Map<string, number>; problems: Problem[] }

/** Lines of `path reason` for a file and `path#function reason` for a function; `#` begins a comment. */
function readExceptions(repository: Repository): Exceptions {
  const exceptions: Exceptions = { excused: new Map(), problems: [] }
  if (!repository.paths.includes(exceptionsPath)) return exceptions
  for (const [index, text] of repository.read(exceptionsPath).split('\n').entries()) {
    const [name, ...reason] = text.trim().split(/\s+/)
    if (!name || name.startsWith('#')) continue
    exceptions.excused.set(name, index + 1)
    if (reason.length === 0) {
      exceptions.problems.push({
        path: exceptionsPath,
        line: index + 1,
        message: `${name} is excused for no reason`,
      })
    }
  }
  return exceptions
}

function tooLong(repository: Repository, path: string): (Problem & { name: string })[] {
  const source = repository.parse(path)
  const found: (Problem & { name: string })[] = []
  const fileLines = repository.read(path).trimEnd().split('\n').length
  if (fileLines > fileLimit) {
    found.push({ path, name: path, message: `${fileLines} lines, of at most ${fileLimit}: split it` })
  }
  for (const { name, line, lines } of functionsOf(source)) {
    if (lines <= functionLimit) continue
    found.push({
      path,
      line,
      name: `${path}#${name}`,
      message: `${name} has ${lines} lines, of at most ${functionLimit}: split it`,
    })
  }
  return found
}

const functionTypes = new Set(['FunctionDeclaration', 'FunctionExpression', 'ArrowFunctionExpression'])

function functionsOf(source: Source): { name: string; line: number; lines: number }[] {
  const found: { name: string; line: number; lines: number }[] = []
  walk(source.program, (node, parent) => {
    if (!functionTypes.has(node.type)) return
    const line = source.lineAt(node.start)
    found.push({ name: functionName(node, parent), line, lines: source.lineAt(node.end - 1) - line + 1 })
  })
  return found
}

function functionName(node: SyntaxNode, parent: SyntaxNode | null): string {
  const named = [node.id, parent?.id, parent?.key, parent?.left].find((part) => isNode(part) && nameOf(part))
  return nameOf(named) ?? 'anonymous'
}
