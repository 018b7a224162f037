/** Names as tokens: whatever a host is called, its token is safe, its own, and can't be written in a second way. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isName, nameOf, tokenOf } from '../src/token.ts'

const names = fc.string({ unit: 'binary', minLength: 1, maxLength: 80 }).filter(isName)

test.each([
  ['a', 'a'],
  ['host-1_B', 'host-1_B'],
  ['a.b', 'a%2Eb'],
  ['*', '%2A'],
  ['>', '%3E'],
  ['a b\t', 'a%20b%09'],
  ['100%', '100%25'],
  ['ä', '%C3%A4'],
  ['__proto__', '__proto__'],
])('%j is written %s', (name, token) => {
  expect(tokenOf(name)).toBe(token)
  expect(nameOf(token)).toBe(name)
})

test('whatever the name: no dot, no wildcard, no white space, and it is read as what it was', () => {
  fc.assert(
    fc.property(names, (name) => {
      expect(tokenOf(name)).toMatch(/^[0-9A-Za-z_%-]+$/)
      expect(nameOf(tokenOf(name))).toBe(name)
    }),
  )
})

test('two names never share a token', () => {
  fc.assert(fc.property(names, names, (a, b) => (tokenOf(a) === tokenOf(b)) === (a === b)))
})

describe('what is no token of a name', () => {
  test.each(['', '%', '%4', '%zz', '%61', '%2e', 'a.b', 'a b', '*', '>', 'ä', '%C3', '%FF', 'x'.repeat(256)])(
    '%j',
    (text) => expect(nameOf(text)).toBeNull(),
  )

  test('of any text, what is read is written in no other way', () => {
    const texts = fc.string({ unit: fc.constantFrom(...'%0123456789ABCDEFabcdef_-.*> '), maxLength: 12 })
    fc.assert(
      fc.property(texts, (text) => {
        const name = nameOf(text)
        if (name !== null) expect(tokenOf(name)).toBe(text)
      }),
    )
  })
})

test.each([
  ['nothing', ''],
  ['too long', 'x'.repeat(256)],
  ['too long in bytes', 'ä'.repeat(128)],
  ['half of a pair', '\ud800'],
  ['no text', 7],
])('%s is no name', (_, name) => expect(isName(name)).toBe(false))
