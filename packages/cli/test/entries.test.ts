import { type Configuration, EntryKind } from '@rafted/core'
import {
  encodeConfiguration,
  encodeLease,
  encodeSessionPayload,
  encodeSettingsPayload,
  valueCodec,
} from '@rafted/wire'
import { expect, test } from 'vitest'
import { shownConfiguration } from '../src/configurations.ts'
import { entryLine, entryReport } from '../src/entries.ts'
import { shownBytes, shownName } from '../src/shown.ts'
import { command, configuration } from './sample.ts'

type Kind = keyof typeof EntryKind

function report([kind, payload]: readonly [Kind, Uint8Array]) {
  return entryReport({ index: 9, term: 2, kind: EntryKind[kind], time: 1234, payload })
}

const line = (entry: readonly [Kind, Uint8Array]): string => entryLine(report(entry))
const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values)

test('entries without a payload', () => {
  for (const kind of ['noop', 'time'] as const) expect(line([kind, bytes()])).toBe(`9/2  1.234 s  ${kind}\n`)
})

test('entries of leases, by what they ask of followers', () => {
  const asked = encodeLease({ leader: 'abcd', abstainMs: 1000 })
  expect(line(['lease', asked])).toBe('9/2  1.234 s  lease  followers of abcd abstain for 1000 ms\n')
})

test('sessions, which are named by the entry that opens them', () => {
  const session = (op: 'open' | 'keep' | 'close', of: number) =>
    line(['session', encodeSessionPayload({ op, session: of, acknowledged: of })])
  expect(session('open', 0)).toBe('9/2  1.234 s  session  open session 9\n')
  expect(session('keep', 3)).toBe('9/2  1.234 s  session  keep session 3\n')
  expect(session('close', 3)).toBe('9/2  1.234 s  session  close session 3\n')
})

test('changes of settings', () => {
  const settings = (ifSettingsAt: number | null) =>
    line([
      'settings',
      encodeSettingsPayload({ ifSettingsAt, changes: [{ setting: 'electionMs', value: 500 }] }),
    ])
  expect(settings(null)).toBe('9/2  1.234 s  settings  { electionMs: 500 }\n')
  expect(settings(0)).toBe('9/2  1.234 s  settings  { electionMs: 500 } if those in effect come from 0\n')
})

test('configurations, by the names of the hosts', () => {
  const [a, b, c] = configuration.voters
  const learner = { ...c!, id: 'd1', host: 'd', promote: true }
  const joint: Configuration = {
    voters: [a!, b!],
    outgoing: [a!, c!],
    learners: [learner, { ...learner, id: 'e1', host: 'e', promote: false }],
  }
  const text = 'voters a, b; changing from voters a, c; learners d (to be a voter), e'
  const entry = report(['configuration', encodeConfiguration(joint)])
  expect(entryLine(entry)).toBe(`9/2  1.234 s  configuration  ${text}\n`)
  expect(shownConfiguration(entry.configuration!)).toBe(text)
  expect(entry.configuration).toMatchObject({
    voters: [{ host: 'a', member: a!.id, address: 'a:7000', durable: true }, { host: 'b' }],
    learners: [
      { host: 'd', promote: true },
      { host: 'e', promote: false },
    ],
  })
})

test('commands whose value JSON can not hold are told as text only', () => {
  for (const value of [
    new Map([['a', 1]]),
    [new Set([1])],
    { at: new Date(0) },
    [1n],
    undefined,
    [undefined],
    Number.NaN,
    bytes(1),
  ])
    expect(report(command(1, value))).not.toHaveProperty('value')
  for (const value of [null, true, 0, 'x', [], {}, { a: [{ b: null }] }])
    expect(report(command(1, value))).toMatchObject({ value, text: expect.any(String) })
})

test('long and deep values stand on one line, whole', () => {
  const value = [
    { a: { b: { c: { d: Array.from({ length: 300 }, (_, i) => i) } } } },
    'x'.repeat(20_000),
    'two\nlines',
  ]
  const text = line(command(1, value))
  expect(text.indexOf('\n')).toBe(text.length - 1)
  expect(text).toContain('299')
  expect(text).toContain('x'.repeat(20_000))
  expect(text).not.toContain('Object')
})

test('what can not be decoded is told byte by byte', () => {
  const own = report(['command', bytes(1, 3, 1, 1, 0, 0xc1, 0xff)])
  expect(own).toMatchObject({ session: 3, sequence: 1, text: null, hex: 'c1ff' })
  expect(entryLine(own)).toBe('9/2  1.234 s  command  session 3 number 1  bytes c1ff\n')
  for (const kind of ['command', 'session', 'configuration', 'settings'] as const)
    expect(line([kind, bytes(99, 1)])).toBe(`9/2  1.234 s  ${kind}  bytes 6301\n`)
  expect(line(['lease', bytes(0xc1)])).toBe('9/2  1.234 s  lease  bytes c1\n')
  expect(line(['time', valueCodec.encode({ electionMs: 500 })])).toContain('{ electionMs: 500 }')
})

test('what a disk holds reaches the terminal as letters only', () => {
  const evil = '\u001b[2Jx\u202e\u009b\n\u0000'
  // biome-ignore lint/suspicious/noControlCharactersInRegex: those that must not be there.
  const harmless = /^[^\u0000-\u001f\u007f-\u009f\u202e]*\n?$/
  expect(shownName(evil)).toMatch(harmless)
  expect(line(command(1, evil, 'k'))).toMatch(harmless)
  expect(line(command(1, 'x', evil))).toMatch(harmless)
})

test('names and sizes', () => {
  expect(['orders', 'a/b:7', 'größe', 'two words', ''].map(shownName)).toEqual([
    'orders',
    'a/b:7',
    'größe',
    '"two words"',
    '""',
  ])
  expect([0, 1, 1023, 1024, 10_240, 1_500_000].map(shownBytes)).toEqual([
    '0 bytes',
    '1 byte',
    '1023 bytes',
    '1.0 KiB',
    '10 KiB',
    '1.4 MiB',
  ])
})
