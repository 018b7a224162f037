import { describe, expect, test } from 'vitest'
import { checkSizes, fileLimit, functionLimit } from '../src/tidy/sizes.ts'
import { problemsOf } from './made-up.ts'

const path = 'packages/core/src/core.ts'
const exceptionsPath = 'tools/tidy-exceptions.txt'

function problems(text: string, exceptions = '', at = path): string[] {
  return problemsOf(checkSizes, { [at]: text, [exceptionsPath]: exceptions })
}

/** Code of so many lines, the first of which is `first`. */
function long(lines: number, first = 'function long() {', last = '}'): string {
  return [first, ...Array<string>(lines - 2).fill('  step()'), last].join('\n')
}

const comments = (lines: number): string => '// a line\n'.repeat(lines)

describe('a function', () => {
  test.each([
    ['function long() {', '}', 'long'],
    ['const long = () => {', '}', 'long'],
    ['class A { long() {', '}}', 'long'],
    ['const a = { long: function () {', '}}', 'long'],
    ['class A { #long() {', '}}', 'long'],
    ['run(() => {', '})', 'anonymous'],
  ])('%s … has a limit', (first, last, name) => {
    expect(problems(long(functionLimit, first, last))).toEqual([])
    expect(problems(long(functionLimit + 1, first, last))).toEqual([
      `${path}:1: ${name} has 71 lines, of at most 70: split it`,
    ])
  })

  test('has it in the programs of a page as well', () => {
    const page = 'packages/dashboard/page/main.js'
    expect(problems(long(functionLimit + 1), '', page)).toEqual([
      `${page}:1: long has 71 lines, of at most 70: split it`,
    ])
  })

  test('counts what is within it', () => {
    const inner = long(functionLimit, 'function inner() {')
    expect(problems(`function outer() {\n${inner}\n}`)).toEqual([
      `${path}:1: outer has 72 lines, of at most 70: split it`,
    ])
  })
})

test('a file has a limit', () => {
  expect(problems(comments(fileLimit))).toEqual([])
  expect(problems(comments(fileLimit + 1))).toEqual([`${path}: 501 lines, of at most 500: split it`])
})

test('only what is published has limits', () => {
  expect(problems(comments(fileLimit + 1), '', 'packages/core/test/core.test.ts')).toEqual([])
  expect(problems(comments(fileLimit + 1), '', 'bench/src/main.ts')).toEqual([])
})

describe('an exception', () => {
  test('excuses a file, or a function of it', () => {
    expect(problems(comments(fileLimit + 1), `${path} a table of the paper`)).toEqual([])
    expect(problems(long(functionLimit + 1), `# why\n\n${path}#long one case per message`)).toEqual([])
  })

  test('needs a reason', () => {
    expect(problems(comments(fileLimit + 1), path)).toEqual([
      `${exceptionsPath}:1: ${path} is excused for no reason`,
    ])
  })

  test('goes when it is no longer needed', () => {
    const message = `${path}#long needs no exception: remove this line`
    expect(problems(long(functionLimit), `${path}#long was long`)).toEqual([
      `${exceptionsPath}:1: ${message}`,
    ])
  })
})
