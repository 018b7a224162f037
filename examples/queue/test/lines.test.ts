import { expect, test } from 'vitest'
import { compare } from '../src/comparison.ts'
import { linesOf } from '../src/lines.ts'

const bytes = (text: string): Buffer => Buffer.from(text, 'latin1')
const texts = (lines: readonly Uint8Array[]): string[] =>
  lines.map((line) => Buffer.from(line).toString('latin1'))

test.each([
  ['nothing', '', []],
  ['one newline', '\n', ['\n']],
  ['no final newline', 'a\nb', ['a\n', 'b']],
  ['empty lines', '\n\na\n\n', ['\n', '\n', 'a\n', '\n']],
  ['carriage returns', 'a\r\n\rb\r', ['a\r\n', '\rb\r']],
  ['invalid UTF-8', '\xff\xfe\n\x80', ['\xff\xfe\n', '\x80']],
])('%s: lines keep their ends, and put together they are the file', (_, file, lines) => {
  const split = linesOf(bytes(file))
  expect(texts(split)).toEqual(lines)
  expect(Buffer.concat(split).equals(bytes(file))).toBe(true)
})

test('the same lines in the same order: nothing lost, duplicated or different', () => {
  const lines = linesOf(bytes('a\na\n\n'))
  expect(compare(lines, [...lines])).toEqual({ lost: 0, duplicated: 0, difference: null })
})

test('a line that is missing, and one that came out twice', () => {
  const sent = linesOf(bytes('a\nb\nc\n'))
  expect(compare(sent, [sent[0]!, sent[2]!])).toEqual({
    lost: 1,
    duplicated: 0,
    difference: 'line 2 went in as "b\\n" and came out as "c\\n"',
  })
  expect(compare(sent, [...sent, sent[2]!])).toEqual({
    lost: 0,
    duplicated: 1,
    difference: 'line 4 came out and never went in: "c\\n"',
  })
})

test('another order is a difference, though nothing is lost', () => {
  const sent = linesOf(bytes('a\nb\n'))
  expect(compare(sent, [sent[1]!, sent[0]!])).toMatchObject({ lost: 0, duplicated: 0 })
  expect(compare(sent, [sent[1]!, sent[0]!]).difference).toContain('line 1')
})

test('one byte more or less is a difference', () => {
  expect(compare([bytes('a\r\n')], [bytes('a\n')])).toMatchObject({ lost: 1, duplicated: 1 })
})
