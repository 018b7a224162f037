/** What is typed behind a command, and what the environment says in its place. */
import { describe, expect, test } from 'vitest'
import { durationOf, parse, wholeNumberOf } from '../src/arguments.ts'
import { type Command, Status } from '../src/command.ts'
import { nearest } from '../src/nearest.ts'

const command: Command = {
  name: 'try',
  section: 'use',
  summary: '',
  text: '',
  operands: [
    { name: 'KEY', missing: 'Name a key.' },
    { name: 'VALUE', optional: true, missing: '' },
  ],
  options: [
    { name: 'at', value: 'ADDRESSES', repeated: true, variable: 'TRY_AT', text: '' },
    { name: 'group', value: 'G', variable: 'TRY_GROUP', text: '' },
    { name: 'as', value: 'TYPE', choices: ['text', 'json'], variable: 'TRY_AS', text: '' },
    { name: 'force', value: null, variable: 'TRY_FORCE', text: '' },
    { name: 'page', value: 'ADDRESS', alone: '0', variable: 'TRY_PAGE', text: '' },
  ],
  examples: [],
  run: async () => Status.fine,
}

const parsed = (line: string, environment: Record<string, string> = {}, of: Command = command) => {
  const found = parse(of, line.split(' ').filter(Boolean), environment)
  if (found === 'help') return found
  const { operands, rest, values, flags, json } = found
  return { operands, rest, values: Object.fromEntries(values), flags: [...flags], json }
}

describe('what is typed', () => {
  test('operands, options with and without a value, and options that may be repeated', () => {
    expect(parsed('a b --at x:1 --force --at=y:2,z:3 --json')).toEqual({
      operands: ['a', 'b'],
      rest: null,
      values: { at: ['x:1', 'y:2,z:3'] },
      flags: ['force', 'json'],
      json: true,
    })
    expect(parsed('a --help')).toBe('help')
    expect(parsed('-h')).toBe('help')
  })

  test.each([
    ['k --page', ['0']],
    ['k --page --force', ['0']],
    ['--page 8090 k', ['8090']],
    ['k --page=8090', ['8090']],
    ['--page -- k', ['0']],
    ['k -- --page', undefined],
  ])('%s: an option that may stand alone', (line, page) => {
    expect(parsed(line)).toMatchObject({ values: page === undefined ? {} : { page } })
    if (page === undefined) expect(parsed(line)).not.toHaveProperty('values.page')
  })

  test('what begins with a dash stands behind two of them', () => {
    expect(parsed('-- -a')).toMatchObject({ operands: ['-a'], rest: null })
  })

  test('a program behind --, with options of its own, is left as it is', () => {
    const locking: Command = { ...command, rest: '-- PROGRAM' }
    expect(parsed('a --force -- sh --at -c', {}, locking)).toMatchObject({
      operands: ['a'],
      rest: ['sh', '--at', '-c'],
      values: {},
    })
    expect(parsed('a', {}, locking)).toMatchObject({ rest: null })
    expect(parsed('a --', {}, locking)).toMatchObject({ rest: [] })
  })

  test.each([
    ['', 'Name a key.'],
    ['a b c', '"c" is one too many.'],
    ['a --as xml', '--as is one of text, json, and not "xml".'],
    ['a --group x --group y', '--group is given once, and not 2 times.'],
    ['a --gruop x', "Unknown option '--gruop'. Is --group meant?"],
    ['a --nothing', "Unknown option '--nothing'."],
    ['a --group', "Option '--group <value>' argument missing."],
    ['a --force=yes', "Option '--force' does not take an argument."],
  ])('%s: refused', (line, reason) => {
    expect(() => parsed(line)).toThrow(reason)
  })
})

describe('variables of the environment', () => {
  test('count where an option is not given, and are separated by commas where there may be several', () => {
    const environment = { TRY_AT: 'a:1, b:2,', TRY_GROUP: 'orders', TRY_FORCE: '1' }
    expect(parsed('k', environment)).toMatchObject({
      values: { at: ['a:1', 'b:2'], group: ['orders'] },
      flags: ['force'],
    })
    expect(parsed('k --at c:3 --group audit', environment)).toMatchObject({
      values: { at: ['c:3'], group: ['audit'] },
    })
  })

  test('that are empty are none, and what they say is checked as well', () => {
    expect(parsed('k', { TRY_GROUP: '', TRY_AT: '', TRY_FORCE: '0' })).toMatchObject({
      values: {},
      flags: [],
    })
    expect(() => parsed('k', { TRY_AS: 'xml' })).toThrow('--as is one of text, json')
  })
})

test('times have a unit', () => {
  const all = ['500ms', '10s', '1.5m', '2h', '7d'].map((text) => durationOf('ttl', text))
  expect(all).toEqual([500, 10_000, 90_000, 7_200_000, 604_800_000])
  expect(durationOf('ttl', null)).toBe(null)
  for (const text of ['10', '0s', 's', '-1s', '1 s', '1y', '1e3s', '0.1ms', '99999999999999d'])
    expect(() => durationOf('ttl', text), text).toThrow('--ttl is a time like 500ms')
})

test('whole numbers have bounds', () => {
  expect([wholeNumberOf('n', '7', [1, 9]), wholeNumberOf('n', null, [1, 9])]).toEqual([7, null])
  for (const text of ['0', '10', '1.5', 'x', '', '-1', '0x5'])
    expect(() => wholeNumberOf('n', text, [1, 9]), text).toThrow('--n is a whole number from 1 to 9')
})

test('a word that was meant is one that differs little', () => {
  const words = ['get', 'put', 'del', 'status', 'members']
  const guesses = ['gett', 'pt', 'stauts', 'memebrs', 'restore', 'x', ''].map((word) => nearest(word, words))
  expect(guesses).toEqual(['get', 'put', 'status', 'members', null, null, null])
})
