/**
 * What docs/values.md says of values, row by row: each is evaluated, goes through the codec, and is compared. What msgpackr does
 * to them is of one version: with another one this fails, until somebody has looked at what has changed (F115c).
 */
import { readFileSync } from 'node:fs'
import { describe, expect, test, vi } from 'vitest'
import { createValueCodec, valueCodec } from '../src/value-codec.ts'
import { expectSame } from './same.ts'

// A loaded machine takes its time.
vi.setConfig({ testTimeout: 60_000 })

const read = (path: string): string => readFileSync(new URL(path, import.meta.url), 'utf8')
const page = read('../../../docs/values.md')
const rows = [...page.matchAll(/^\| (`.+`) \| (`.+`|the same|refused: .+) \|$/gm)].map(([, given, back]) => ({
  given: given!.slice(1, -1),
  back: back!,
}))

/** A fresh one each time it is asked for. */
const evaluate = (expression: string): unknown => new Function(`return ${expression}`)()

/** Nothing goes the fast way of small values. */
const slowCodec = createValueCodec({ maxContainers: 1000 })

describe('a value of the page', () => {
  test('is there', () => {
    expect(rows.length).toBeGreaterThan(50)
  })

  test.each(rows)('$given: $back', ({ given, back }) => {
    if (back.startsWith('refused: ')) {
      const refused = expect.objectContaining({
        outcome: 'not-applied',
        message: expect.stringContaining(back.slice('refused: '.length)),
      })
      expect(() => valueCodec.encode(evaluate(given))).toThrow(refused)
      return
    }
    const bytes = valueCodec.encode(evaluate(given))
    expectSame(valueCodec.decode(bytes), evaluate(back === 'the same' ? given : back.slice(1, -1)))
    // Nothing was carried over from what came before, and an equal value has equal bytes, whichever way it goes.
    for (const { given: other, back: otherBack } of rows.slice(0, 20))
      if (!otherBack.startsWith('refused')) valueCodec.encode(evaluate(other))
    expectSame(valueCodec.encode(evaluate(given)), bytes)
    expectSame(slowCodec.encode(evaluate(given)), bytes)
  })
})

test('msgpackr is of the version that this was looked at with, here and in what is published', () => {
  const [, told] = /msgpackr (\d+\.\d+\.\d+) /.exec(page)!
  expect(told).toBe('2.1.3')
  expect(JSON.parse(read('../node_modules/msgpackr/package.json')).version).toBe(told)
  expect(read('../../../pnpm-workspace.yaml')).toContain(`\n  msgpackr: ${told}\n`)
  expect(JSON.parse(read('../package.json')).dependencies.msgpackr).toBe('catalog:')
})
