import { describe, expect, test } from 'vitest'
import { checkBannedCalls } from '../src/tidy/banned-calls.ts'
import { problemsOf } from './made-up.ts'

function problems(text: string, path = 'packages/host/src/host.ts'): string[] {
  return problemsOf(checkBannedCalls, { [path]: text })
}

const clock = 'packages/contracts/src/node.ts'
const clockParts = 'packages/contracts/src/node/clock.ts'
const fileSystem = 'packages/storage/src/node-file-system.ts'
const machine = 'packages/storage/src/node-machine.ts'

describe('is found, with its replacement', () => {
  test.each([
    ['Date.now()', 'Date.now: use Clock.wall'],
    ["Date['now']()", 'Date.now: use Clock.wall'],
    ['new Date()', 'Date: use Clock.wall'],
    ['Date()', 'Date: use Clock.wall'],
    ['const clock = { at: Date }', 'Date: use Clock.wall'],
    ['performance.now()', 'performance: use Clock.now'],
    ['globalThis.performance.now()', 'globalThis.performance: use Clock.now'],
    ['process.hrtime()', 'process.hrtime: use Clock.now'],
    ['process.hrtime.bigint()', 'process.hrtime: use Clock.now'],
    ['const { hrtime } = process', 'process.hrtime: use Clock.now'],
    ['setTimeout(run, 1)', 'setTimeout: use Clock.after'],
    ['const later = setTimeout', 'setTimeout: use Clock.after'],
    ['globalThis.setTimeout(run, 1)', 'globalThis.setTimeout: use Clock.after'],
    ['setInterval(run, 1)', 'setInterval: use Clock.after'],
    ['AbortSignal.timeout(1)', 'AbortSignal.timeout: use Clock.after'],
    ['setImmediate(run)', 'setImmediate: use Clock.soon'],
    ['queueMicrotask(run)', 'queueMicrotask: use Clock.soon'],
    ['process.nextTick(run)', 'process.nextTick: use Clock.soon'],
    ['(process as Ticks).nextTick(run)', 'process.nextTick: use Clock.soon'],
    ['Math.random()', 'Math.random: use Random.number'],
    ['crypto.randomBytes(8)', 'crypto.randomBytes: use Random.bytes'],
    ['crypto.getRandomValues(array)', 'crypto.getRandomValues: use Random.bytes'],
    ['globalThis.crypto.randomUUID()', 'randomUUID: use Random.bytes'],
    ["import { randomInt } from 'node:crypto'", 'randomInt: use Random.number'],
    ["import fs from 'node:fs'", 'node:fs: use the FileSystem that is handed in'],
    ["import { open } from 'fs/promises'", 'fs/promises: use the FileSystem that is handed in'],
    ["const fs = await import('fs-extra')", 'fs-extra: use the FileSystem that is handed in'],
    ["import { ensureDir } from 'fs-extra/esm'", 'fs-extra/esm: use the FileSystem that is handed in'],
    ["import { setTimeout as sleep } from 'node:timers/promises'", 'node:timers/promises: use Clock.after'],
    ["import { performance as p } from 'node:perf_hooks'", 'node:perf_hooks: use Clock.now'],
  ])('%s', (text, message) => {
    expect(problems(`\n${text}`)).toEqual([`packages/host/src/host.ts:2: ${message}`])
  })
})

describe('may be written anywhere', () => {
  test.each([
    'new Date(time).toISOString()',
    'Date.parse(text)',
    'value instanceof Date',
    'clock.now()',
    'const options = { setTimeout: 1, performance: 2 }',
    'options.setTimeout',
    'class Timers { setTimeout() {} }',
    'let timer: ReturnType<typeof setTimeout>',
    "import { createHash } from 'node:crypto'",
    "import type { Stats } from 'node:fs'",
    'Math.floor(random.number() * 10)',
  ])('%s', (text) => {
    expect(problems(text)).toEqual([])
  })
})

test('the real Clock and Random, FileSystem and machine may each do what they are for', () => {
  const timeAndChance = "import { randomBytes } from 'node:crypto'\nsetTimeout(run, 1)\nDate.now()"
  const files = "import fs from 'fs-extra'"
  expect(problems(timeAndChance, clock)).toEqual([])
  expect(problems(timeAndChance, clockParts)).toEqual([])
  expect(problems(files, fileSystem)).toEqual([])
  expect(problems(files, machine)).toEqual([])
  expect(problems(files, clock)).toHaveLength(1)
  expect(problems(timeAndChance, fileSystem)).toHaveLength(3)
})

test('tests and private workspaces run in the real world', () => {
  expect(problems('setTimeout(run, 1)', 'packages/host/test/host.test.ts')).toEqual([])
  expect(problems('setTimeout(run, 1)', 'bench/src/main.ts')).toEqual([])
})
