/** `npm run fuzz` as people use it, and short: 3,000 hostile frames over each transport. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { frameOf, validBatch } from '../src/fuzz/frames.ts'
import type { FuzzResult } from '../src/fuzz/fuzz.ts'
import type { Knowledge, KnownGroup } from '../src/fuzz/knowledge.ts'
import { allKinds } from '../src/fuzz/samples.ts'
import { pairOf, slowdownOf } from '../src/fuzz/slowness.ts'
import { FULL_RUN, problemsOf } from '../src/fuzz/summary.ts'
import { withoutServer } from '../src/nats-server.ts'
import { programOf, root } from './compiled.ts'

const directory = mkdtempSync(join(tmpdir(), 'rafted-fuzz-'))
afterAll(() => rmSync(directory, { recursive: true }))

/** Only ends what hangs: the machine may have much else to do. */
const TIMEOUT_MS = 900_000

async function fuzzCommand(
  ...args: string[]
): Promise<{ readonly code: number | null; readonly text: string }> {
  const child = spawn(process.execPath, [...programOf('fuzz'), ...args], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let text = ''
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (more: string) => {
      text += more
    })
  const [code] = await once(child, 'close')
  return { code, text }
}

describe.each(['tcp', 'nats'] as const)('over %s', (transport) => {
  test.skipIf(transport === 'nats' && withoutServer)(
    'F94v: hostile frames crash nothing, create nothing, fill nothing up, and honest calls are answered right',
    async () => {
      const file = join(directory, `${transport}.json`)
      const args = ['--frames', '3000', '--transport', transport, '--json', file]
      const { code, text } = await fuzzCommand(...args)
      console.log(text)
      expect(code, text).toBe(0)
      const result = JSON.parse(readFileSync(file, 'utf8')) as FuzzResult
      expect(result.frames).toBe(3000)
      // More than half came from somebody who is in, and a good part of it could be read.
      expect(result.batches).toBeGreaterThan(2200)
      expect(result.readable).toBeGreaterThan(1100)
      // All of them only in longer runs.
      expect(Object.keys(result.reached).length).toBeGreaterThan(allKinds.length * 0.8)
      expect(result.answered).toBeGreaterThan(100)
    },
    TIMEOUT_MS,
  )
})

test(
  'what is none of its arguments ends it with 2',
  async () => {
    expect((await fuzzCommand('--transport', 'pigeons')).code).toBe(2)
    expect((await fuzzCommand('--frames', '0')).code).toBe(2)
  },
  TIMEOUT_MS,
)

const group = (name: string): KnownGroup => ({
  name,
  incarnation: 'ab'.repeat(16),
  members: ['1', '2', '3'].map((digit) => digit.repeat(32)),
  leader: 'a',
  term: 4,
  lastIndex: 30,
  configurationIndex: 5,
})
const knowledge: Knowledge = {
  addresses: ['a', 'b', 'c'],
  honest: group('honest'),
  sacrificed: group('sacrificed 0'),
  waiting: 'waiting',
}
const sessions = { honest: null, sacrificed: null }
const hexOf = (seed: number, number: number): string =>
  Buffer.from(frameOf(seed, number, knowledge, sessions).batch).toString('hex')

test('a seed gives the same frames again, and another one others', () => {
  const frames = (seed: number): string[] => Array.from({ length: 300 }, (_, i) => hexOf(seed, i))
  expect(frames(7)).toEqual(frames(7))
  expect(frames(8)).not.toEqual(frames(7))
})

test('valid frames for comparison are as large as the hostile ones', () => {
  const least = validBatch(0, 1, knowledge).length
  for (const bytes of [1, 200, 5000]) {
    const { length } = validBatch(bytes, 1, knowledge)
    expect(Math.abs(length - Math.max(bytes, least))).toBeLessThan(12)
  }
})

test('honest calls that are slower under fuzz, and kinds that never came through, are problems', () => {
  const calls = (ms: number): number[] => new Array(200).fill(ms)
  const reached = Object.fromEntries(allKinds.map((kind) => [kind, 1]))
  const resultOf = (hostile: number, starved: number): FuzzResult =>
    ({
      frames: FULL_RUN,
      reached,
      pairs: new Array(8).fill(pairOf(calls(hostile), calls(10), starved)),
    }) as unknown as FuzzResult
  expect(problemsOf(resultOf(19, 0))).toEqual([])
  expect(problemsOf(resultOf(21, 0))).toHaveLength(2)
  // Others had the processors: nobody can tell.
  expect(slowdownOf(resultOf(21, 0.9).pairs, 'p50')).toBeNull()
  const { append: _, ...rest } = reached
  expect(problemsOf({ ...resultOf(10, 0), reached: rest })).toEqual(['none of these came through: append'])
  // A short run is no measure of either.
  expect(problemsOf({ ...resultOf(21, 0), reached: rest, frames: FULL_RUN - 1 })).toEqual([])
})
