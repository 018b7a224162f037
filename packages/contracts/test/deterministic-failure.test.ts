import { readFileSync } from 'node:fs'
import { runInNewContext } from 'node:vm'
import { describe, expect, test } from 'vitest'
import { CommandError, isDeterministicFailure, RaftedError } from '../src/index.ts'

function thrownBy(run: () => unknown): unknown {
  try {
    run()
  } catch (error) {
    return error
  }
  throw new Error('nothing was thrown')
}

const overflow = (): number => overflow() + 1

describe('what the engine or the machine sets a limit to is not the same on every member (F94j)', () => {
  test.each<[string, () => unknown]>([
    ['the stack', overflow],
    ['the stack, in native code', () => Math.max(...Array<number>(1e7).fill(0))],
    ['the stack, in a realm of its own', () => runInNewContext('(function f() { return f() + 1 })()')],
    ['memory', () => new ArrayBuffer(2 ** 50)],
    ['the longest string', () => 'a'.repeat(2 ** 30)],
    ['the longest array, which has one text with the language’s', () => new Array(2 ** 32)],
    ['the longest typed array', () => new Uint8Array(2 ** 40)],
    ['the longest array buffer', () => new ArrayBuffer(2 ** 53 - 1)],
    ['the longest buffer', () => Buffer.alloc(2 ** 53 - 1)],
    ['the longest string of a buffer', () => Buffer.alloc(2 ** 29 + 8).toString('latin1')],
    ['the largest BigInt', () => 1n << (1n << 40n)],
    ['the largest regular expression', () => new RegExp('()'.repeat(1e5))],
    ['the time a script may take', () => runInNewContext('for (;;);', {}, { timeout: 5 })],
    ['the operating system', () => readFileSync('/there/is/no/such/file')],
  ])('%s', (_, run) => {
    expect(isDeterministicFailure(thrownBy(run))).toBe(false)
  })

  test.each<[string, unknown]>([
    ['the largest map', new RangeError('Map maximum size exceeded')],
    ['the largest set', new RangeError('Set maximum size exceeded')],
    ['memory of WebAssembly', new RangeError('WebAssembly.Memory(): could not allocate memory')],
    ['memory for a clone', new DOMException('Data cannot be cloned, out of memory.', 'DataCloneError')],
    [
      'the stack of another engine',
      Object.assign(new Error('too much recursion'), { name: 'InternalError' }),
    ],
  ])('%s', (_, error) => {
    expect(isDeterministicFailure(error)).toBe(false)
  })

  test('nor is what was thrown because of it', () => {
    const limit = thrownBy(overflow)
    expect(isDeterministicFailure(new Error('wrapped', { cause: limit }))).toBe(false)
    expect(
      isDeterministicFailure(new Error('twice', { cause: new TypeError('wrapped', { cause: limit }) })),
    ).toBe(false)
    expect(isDeterministicFailure(new AggregateError([new Error('a'), limit]))).toBe(false)
    const cycle = new Error('its own cause')
    cycle.cause = cycle
    expect(isDeterministicFailure(cycle)).toBe(false)
  })

  test('nor what can’t be looked at', () => {
    const trap = thrownBy(() => {
      throw Object.defineProperty(new Error('trap'), 'message', { get: overflow })
    })
    expect(isDeterministicFailure(trap)).toBe(false)
  })
})

describe('what follows from the language and the command is', () => {
  test.each<[string, () => unknown]>([
    ['a TypeError', () => (undefined as unknown as { a: number }).a],
    ['a ReferenceError', () => runInNewContext('missing')],
    ['a SyntaxError', () => JSON.parse('{')],
    ['a wrong regular expression', () => new RegExp('('.repeat(1))],
    ['a negative count', () => 'a'.repeat(-1)],
    ['an infinite count', () => 'a'.repeat(Number.POSITIVE_INFINITY)],
    ['a negative length', () => new Uint8Array(-1)],
    ['a negative size', () => Buffer.alloc(-1)],
    ['a division by zero', () => 1n / 0n],
    ['digits', () => (1).toFixed(101)],
    ['a date', () => new Date(Number.NaN).toISOString()],
    ['a code point', () => String.fromCodePoint(-1)],
    ['an index out of range', () => Buffer.alloc(1).readInt32LE(0)],
    ['half a surrogate pair', () => encodeURIComponent('\ud800')],
  ])('%s', (_, run) => {
    expect(isDeterministicFailure(thrownBy(run))).toBe(true)
  })

  test.each<[string, unknown]>([
    ['an Error', new Error('no')],
    ['a RangeError', new RangeError('a score is from 0 to 10')],
    ['a CommandError, whatever it says', new CommandError('full', 'out of memory', { free: 0 })],
    ['a RaftedError', new RaftedError('invalid-argument', 'no', { outcome: 'not-applied' })],
    ['an error that has a cause', new Error('no', { cause: new TypeError('not at all') })],
    ['a string', 'Maximum call stack size exceeded'],
    ['nothing', undefined],
    ['null', null],
    ['a symbol', Symbol('no')],
    ['an object', { message: 'allocation failed' }],
    ['an object with a name that objects inherit', { name: 'constructor', message: 'a' }],
  ])('%s', (_, error) => {
    expect(isDeterministicFailure(error)).toBe(true)
  })
})
