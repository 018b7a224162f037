import { expect, test } from 'vitest'
import { MAX_REACH, Spans } from '../../src/files/log-spans.ts'

test('spans at the bounds of what is told of them are what was put there', () => {
  const length = 2 ** 17 - 1
  const spans = new Spans(2 ** 50, { begin: 0, end: length }, 3276)
  const expected = [{ begin: 0, end: length }]
  for (let begin = 2 ** 18; begin + length < MAX_REACH; begin += 2 ** 18 - 1) {
    spans.append({ begin, end: begin + length }, 3276)
    expected.push({ begin, end: begin + length })
  }
  const last = { begin: MAX_REACH - 41, end: MAX_REACH }
  spans.append(last, 1)
  expected.push(last)
  expect(spans.between(1, Number.MAX_SAFE_INTEGER)).toEqual(expected)
  expect(spans.bytes).toBe(expected.reduce((sum, { begin, end }) => sum + end - begin, 0))
  for (const [i, span] of expected.entries())
    for (const index of [0, 3275]) {
      if (i === expected.length - 1 && index > 0) break
      expect(spans.between(2 ** 50 + i * 3276 + index, 2 ** 50 + i * 3276 + index)).toEqual([span])
    }
  expect(spans.between(2 ** 50 + 3275, 2 ** 50 + 3276)).toEqual(expected.slice(0, 2))
})

test('what can not be told of a span is refused, not told wrong', () => {
  expect(() => new Spans(1, { begin: 0, end: 2 ** 17 }, 1)).toThrow('no span')
  expect(() => new Spans(1, { begin: 0, end: 100 }, 4096)).toThrow('no span')
  const spans = new Spans(1, { begin: 0, end: 100 }, 1)
  expect(() => spans.append({ begin: MAX_REACH, end: MAX_REACH + 100 }, 1)).toThrow('no span')
})
