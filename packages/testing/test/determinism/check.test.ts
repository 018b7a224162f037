/** Each fault that a machine can have is found at the command at which it shows, and said in a way that leads to it (F94k). */
import { defineValue } from '@rafted/contracts'
import { expect, test } from 'vitest'
import { checkDeterminism } from '../../src/index.ts'
import { planted, sound } from './planted.ts'

test.each(planted)('found: $name', async ({ machine, commands, queries = [], kind, index, says }) => {
  const finding = await checkDeterminism({ machine, commands, queries })
  expect(finding?.text ?? '').toMatch(says)
  expect(finding).toMatchObject({ kind, index })
})

test.each(sound)('nothing to find: $name', async ({ machine, commands, queries = [] }) => {
  for (let seed = 1; seed <= 5; seed++)
    expect(await checkDeterminism({ machine, commands, queries, seed })).toBeNull()
})

test('the same seed gives the same finding, at the same command', async () => {
  const rare = defineValue({
    init: () => 0,
    commands: { step: (n) => [Math.random() < 0.02 ? 'rare' : 'usual', n + 1] },
    queries: {},
  })
  const commands = Array.from({ length: 400 }, () => ['step'])
  const of = async (seed: number) => (await checkDeterminism({ machine: rare, commands, seed }))?.text
  const texts = await Promise.all([of(7), of(7), of(8)])
  expect(texts[0]).toMatch(/'rare'/)
  expect(texts[1]).toBe(texts[0])
  expect(texts[2]).not.toBe(texts[0])
})

test('commands are applied at the times that are given', async () => {
  const times = defineValue({
    init: () => [] as readonly number[],
    commands: {
      note(value) {
        return [null, [...value, this.time]]
      },
      check: (value, expected: number[]) => {
        expect(value).toEqual(expected)
        return [null, value]
      },
    },
    queries: {},
  })
  const commands = [['note'], ['note'], ['check', [0, 50]]]
  expect(await checkDeterminism({ machine: times, commands, time: (place) => place * 50 })).toBeNull()
})

test('a large value is looked at now and then, and what differs in it is found still', async () => {
  const large = defineValue({
    init: (): readonly (readonly number[])[] =>
      Array.from({ length: 50 }, () => Array.from({ length: 100 }, () => 7)),
    commands: {
      turn: (value) => [null, [...value.slice(1), value[0]!]],
      roll: (value) => [null, [...value.slice(1), [Math.random()]]],
    },
    queries: {},
  })
  const commands = [
    ...Array.from({ length: 60 }, () => ['turn']),
    ['roll'],
    ...Array.from({ length: 40 }, () => ['turn']),
  ]
  const finding = await checkDeterminism({ machine: large, commands })
  expect(finding).toMatchObject({ kind: 'value', index: 64 })
})

test('what can not be encoded as a command is told', async () => {
  const { machine } = sound[0]!
  const finding = await checkDeterminism({ machine, commands: [['nothing'], ['put', () => 1]] })
  expect(finding).toMatchObject({ kind: 'not-encodable', index: 2 })
})

test('everything is back in its place afterwards', async () => {
  const before = [
    Date,
    Date.now,
    Math.random,
    performance.now,
    Intl.NumberFormat,
    Number.prototype.toLocaleString,
  ]
  const seen = await checkDeterminism({
    machine: planted[0]!.machine,
    commands: planted[0]!.commands,
  })
  expect(seen).not.toBeNull()
  const after = [
    Date,
    Date.now,
    Math.random,
    performance.now,
    Intl.NumberFormat,
    Number.prototype.toLocaleString,
  ]
  expect(after).toEqual(before)
  expect(new Date(0).constructor).toBe(Date)
})

test('code is checked by the version that is named, the newest by default, snapshots included', async () => {
  const asked = new Set<string>()
  const versions = defineValue({
    version: 2,
    oldestVersion: 1,
    create: () => ({ count: 0 }),
    commands: {
      step(state) {
        state.count++
        return this.version === 1 ? Math.random() : state.count
      },
    },
    queries: {
      version() {
        asked.add(`query ${this.version}`)
        return this.version
      },
    },
    snapshot(state, version) {
      asked.add(`snapshot ${version}`)
      return [state.count]
    },
    restore(state, count: number, version) {
      asked.add(`restore ${version}`)
      state.count = count
    },
  })
  const check = { machine: versions, commands: [['step'], ['step']], queries: [['version']] }
  expect(await checkDeterminism(check)).toBeNull()
  expect([...asked].sort()).toEqual(['query 2', 'restore 2', 'snapshot 2'])
  asked.clear()
  expect(await checkDeterminism({ ...check, version: 1 })).toMatchObject({ kind: 'result', index: 1 })
  expect([...asked].sort()).toEqual(['restore 1', 'snapshot 1'])
})
