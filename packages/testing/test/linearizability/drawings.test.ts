/** Counter-examples as people see them. */
import { type ParserError, parse } from 'parse5'
import { describe, expect, test } from 'vitest'
import {
  type CounterExample,
  checkLinearizable,
  counterExampleHtml,
  counterExampleText,
  type Operation,
  type SequentialModel,
} from '../../src/index.ts'
import { call, read, write } from './calls.ts'
import { type CounterInput, counter, keyed, register } from './models.ts'

function found<State, Input, Output>(
  model: SequentialModel<State, Input, Output>,
  calls: readonly Operation<Input, Output>[],
): CounterExample {
  const verdict = checkLinearizable(model, calls)
  if (verdict.linearizable !== false) throw new Error('not noticed')
  return verdict.counterExample
}

const stale = found(register, [
  write(1, 0, 10, 'ann'),
  write(2, 5, undefined, 'bob'),
  read(2, 12, 20, 'cleo'),
  read(1, 15, 18, 'ann'),
  read(1, 21, 22.5004999, 'ann'),
])

describe('as text', () => {
  test('a column for each client, the answer that cannot be, and why', () => {
    expect(counterExampleText(stale)).toBe(`Not linearizable: these 3 answers contradict each other.

  time  ann             bob              cleo
     0  ┌ write 1 → ok
     5  │               ┌ (write 2 → ?)
    10  └               ┆
    12                  ┆                ┌ read → 2
    15  ┌ (read → 1)    ┆                │
    18  └               ┆                │
    20                  ┆                └
    21  ┌ read → 1      ┆
  22.5  └ ✗             ┆

The longest order is: write 1 → ok; write 2 → ?; read → 2. In state 2, “read → 1” would have answered 2.
In parentheses: may have happened at any time after its call, or never, and that does not help.`)
  })

  test('what overlaps at one client stands in columns of its own, and what nobody called in one without a name', () => {
    const add = (become: number, from: number, until: number, client?: string) =>
      call<CounterInput, number>({ op: 'add', by: 1 }, [from, until, become], client)
    const text = counterExampleText(
      found(counter.model, [add(1, 0, 4, 'ann'), add(1, 1, 5, 'ann'), add(2, 9, 10)]),
    )
    expect(text).toContain(
      `
  time  ann                      
     0  ┌ add 1 → 1
     1  │            ┌ add 1 → 1
     4  └            │
     5               └ ✗`.replaceAll(/ +$/gm, ''),
    )
  })

  test('of many operations only those that say something, and the number of the others', () => {
    const many = Array.from({ length: 40 }, (_, i) => [
      write(i, 10 * i, 10 * i + 1),
      read(i, 10 * i + 2, 10 * i + 3),
    ])
    const text = counterExampleText(found(register, [...many.flat(), read(20, 500, 501)]))
    expect(text).toContain('these 3 answers contradict')
    expect(text).toMatch(/Nor do 7\d other operations, whenever they happened\./)
    expect(text.split('\n').length).toBeLessThan(25)
  })

  test('the key, inputs without words of their own, and one answer alone', () => {
    const { describe: _, ...model } = keyed.model
    const wrong = found(model, [
      { input: { op: 'read', key: 'a "b"' }, calledAt: 0, answer: { output: 7, at: 1 } },
    ])
    expect(counterExampleText(wrong)).toBe(`Not linearizable, key "a \\"b\\"": this answer can’t be.

  time
     0  ┌ {key: "a \\"b\\"", op: "read"} → 7
     1  └ ✗

No order even begins. In state 0, “{key: "a \\"b\\"", op: "read"} → 7” would have answered 0.`)
  })
})

/** All text of a document, and all elements and attributes by name. */
function contentOf(html: string): {
  text: string
  names: Set<string>
  attributes: [string, string][]
  errors: ParserError[]
} {
  const errors: ParserError[] = []
  const content = { text: '', names: new Set<string>(), attributes: [] as [string, string][], errors }
  const waiting: unknown[] = [parse(html, { onParseError: (error) => errors.push(error) })]
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    const {
      nodeName,
      value,
      attrs = [],
      childNodes = [],
    } = node as {
      nodeName: string
      value?: string
      attrs?: { name: string; value: string }[]
      childNodes?: unknown[]
    }
    content.names.add(nodeName)
    if (nodeName === '#text') content.text += `${value}\n`
    for (const attribute of attrs) content.attributes.push([attribute.name, attribute.value])
    waiting.push(...childNodes.toReversed())
  }
  return content
}

describe('as a page', () => {
  test('parses without an error, says all that the text says, and marks the answer that cannot be', () => {
    const { text, names, attributes, errors } = contentOf(counterExampleHtml(stale))
    expect(errors).toEqual([])
    expect(names).toContain('svg')
    for (const said of [
      ...counterExampleText(stale).split('\n\n')[0]!.split('\n'),
      ...counterExampleText(stale).split('\n\n')[2]!.split('\n'),
      'ann',
      'bob',
      'cleo',
      'write 1 → ok',
      '(write 2 → ?)',
      'read → 2',
      '(read → 1)',
      '22.5',
      '✗ no order gets beyond this answer',
    ])
      expect(text).toContain(said)
    const kinds = attributes.flatMap(([name, value]) => (name === 'class' ? [value] : []))
    expect(kinds.filter((kind) => ['contradicts', 'may', 'stuck'].includes(kind))).toEqual([
      'contradicts',
      'may',
      'stuck',
      'may',
      'contradicts',
    ])
  })

  test('bars reach from call to answer, in the order of the moments; one without an answer to the end', () => {
    const { attributes } = contentOf(counterExampleHtml(stale))
    const numbers = (wanted: string): number[] =>
      attributes.flatMap(([name, value]) => (name === wanted ? [Number(value)] : []))
    const [total] = numbers('width')
    const bars = [
      ...counterExampleHtml(stale).matchAll(/<rect class="bar" x="([\d.]+)" y="[\d.]+" width="([\d.]+)"/g),
    ]
    const spans = bars.map(([, x, width]) => [Number(x), Number(x) + Number(width)] as const)
    const [first, again, stuck, unknown, other] = spans
    expect(spans).toHaveLength(5)
    expect(first![1]).toBeLessThan(other![0])
    expect(again![1]).toBeLessThan(stuck![0])
    expect(again![0]).toBeGreaterThan(other![0])
    expect(unknown![1]).toBe(total)
  })

  test('loads nothing and runs nothing', () => {
    const html = counterExampleHtml(stale)
    const { names, attributes } = contentOf(html)
    for (const name of ['script', 'link', 'img', 'iframe', 'object', 'embed', 'image', 'use'])
      expect(names).not.toContain(name)
    for (const [name] of attributes) expect(name).not.toMatch(/^(src|href|xlink:href|on.*|style)$/)
    expect(html).not.toMatch(/url\(|@import/)
  })

  test('words of the model are text, whatever they are', () => {
    const words = '<script>alert("1 & 2")</script>\u0000\u0007\uD800\n'
    const model: typeof register = { ...register, describe: () => words, key: () => words }
    const html = counterExampleHtml(found(model, [read(7, 0, 1, words)]))
    const { text, names, errors } = contentOf(html)
    expect(errors).toEqual([])
    expect(names).not.toContain('script')
    expect(text).toContain('<script>alert("1 & 2")</script>')
  })
})
