/** What an editor shows of a handle, by the compiler that most of them ask: the types, and what the author wrote above each function. */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test, vi } from 'vitest'

// Its types are those of another compiler than the one that looks at this file.
// biome-ignore lint/suspicious/noExplicitAny: a few calls of its language service.
const { default: ts } = (await import('typescript5')) as any

// A compiler that starts takes its time on a loaded machine.
vi.setConfig({ testTimeout: 600_000 })

const contracts = new URL('../../packages/contracts/src/index.ts', import.meta.url)
const file = fileURLToPath(new URL('program-of-an-editor.ts', import.meta.url))
const text = `
import { defineValue, type StandardSchema, type ValueHandle } from '${fileURLToPath(contracts)}'
declare const name: StandardSchema<string>
const jobs = defineValue({
  init: () => [] as readonly string[],
  commands: {
    /** Puts a job behind the others. @returns how many there are. */
    add: (all, job: string) => [all.length + 1, [...all, job]],
    /** Takes the first job out. */
    take(all) {
      return [all[0], all.slice(1)]
    },
    /** Gives one another name. */
    rename: { since: 1, input: [name, name], run: (all, from, to) => [to, all.map((job) => (job === from ? to : job))] },
  },
  queries: {
    /** How many there are. */
    length: (all) => all.length,
  },
})
declare const q: ValueHandle<typeof jobs>
export const calls = [q.add('sweep'), q.take(), q.rename('sweep', 'mop'), q.length()]
`
const options = {
  strict: true,
  noUncheckedIndexedAccess: true,
  noEmit: true,
  skipLibCheck: true,
  allowImportingTsExtensions: true,
  customConditions: ['@rafted/source'],
  target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.NodeNext,
  lib: ['lib.es2023.d.ts'],
  types: [],
}
const read = (path: string): string => (path === file ? text : readFileSync(path, 'utf8'))
const exists = (path: string): boolean => path === file || ts.sys.fileExists(path)
const service = ts.createLanguageService({
  ...ts.sys,
  useCaseSensitiveFileNames: () => true,
  fileExists: exists,
  readFile: read,
  getScriptFileNames: () => [file],
  getScriptVersion: () => '1',
  getScriptSnapshot: (path: string) => (exists(path) ? ts.ScriptSnapshot.fromString(read(path)) : undefined),
  getCurrentDirectory: () => fileURLToPath(new URL('.', import.meta.url)),
  getCompilationSettings: () => options,
  getDefaultLibFileName: ts.getDefaultLibFilePath,
})

/** Of the name that follows `call`'s dot. */
function shown(call: string): { type: string; comment: string } {
  const { displayParts, documentation } = service.getQuickInfoAtPosition(file, text.indexOf(call) + 2)
  return { type: ts.displayPartsToString(displayParts), comment: ts.displayPartsToString(documentation) }
}

test('the comments of the functions stand at the methods of the handle', () => {
  expect(shown('q.add(')).toEqual({
    type: '(property) add: (job: string) => Promise<number>',
    comment: 'Puts a job behind the others.',
  })
  expect(shown('q.take(')).toEqual({
    type: '(method) take(): Promise<string | undefined>',
    comment: 'Takes the first job out.',
  })
  expect(shown('q.rename(').comment).toBe('Gives one another name.')
  expect(shown('q.length(').comment).toBe('How many there are.')
})

test('the definition of a method is the function', () => {
  const [{ fileName, textSpan }] = service.getDefinitionAtPosition(file, text.indexOf('q.add(') + 2)
  expect(fileName).toBe(file)
  expect(text.slice(textSpan.start).startsWith('add: (all, job: string)')).toBe(true)
})

test('the program is without errors to it', () => {
  const problems = service.getSemanticDiagnostics(file)
  expect(problems.map(({ messageText }: { messageText: unknown }) => messageText)).toEqual([])
})
