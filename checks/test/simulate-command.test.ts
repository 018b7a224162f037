/** `npm run simulate` and `npm run simulate-fleets` as people use them. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { compileChecks, root } from './compiled.ts'

const directory = mkdtempSync(join(tmpdir(), 'rafted-simulate-'))
afterAll(() => rmSync(directory, { recursive: true }))
beforeAll(compileChecks, 120_000)

interface Ran {
  readonly status: number | null
  readonly text: string
}

const simulateCommand = (...args: string[]): Ran => ran('simulate', args)
const fleetsCommand = (...args: string[]): Ran => ran('simulate-fleets', args)

function ran(command: string, args: readonly string[]): Ran {
  const options = { cwd: root, encoding: 'utf8', timeout: 100_000 } as const
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [`checks/dist/${command}.js`, ...args],
    options,
  )
  return { status, text: stdout + stderr }
}

const last = (text: string): string => text.trimEnd().split('\n').at(-1)!

describe('simulate', () => {
  test('gives the same sums with one worker and with two, and ends', () => {
    // Of the seeds that any would do, these take least time; so it is with those below.
    const one = simulateCommand('--seeds', '4', '--from', '250')
    const two = simulateCommand('--seeds', '4', '--from', '250', '--workers', '2')
    expect(one).toMatchObject({ status: 0 })
    expect(last(one.text)).toMatch(/^seeds 4, steps \d+, faults \d+, operations \d+, violations 0$/)
    expect(two).toMatchObject({ status: 0 })
    expect(last(two.text)).toBe(last(one.text))
  }, 120_000)

  test('--minutes ends with the seed under way, --profile takes one mixture, --json writes what was printed', () => {
    const file = join(directory, 'run.json')
    const { status, text } = simulateCommand(
      '--minutes',
      '0.01',
      '--profile',
      'storm',
      '--hosts',
      '3',
      '--json',
      file,
    )
    expect(status).toBe(0)
    const seeds = Number(/^seeds (\d+),/.exec(last(text))![1])
    expect(seeds).toBeGreaterThanOrEqual(1)
    expect(seeds).toBeLessThan(50)
    const data = JSON.parse(readFileSync(file, 'utf8'))
    expect(data).toMatchObject({ seeds, violations: 0, failed: [] })
    expect(last(text)).toBe(
      `seeds ${data.seeds}, steps ${data.steps}, faults ${data.faults}, operations ${data.operations}, violations 0`,
    )
    expect(text).toMatch(/^speed +\d+\.\d virtual hours, \d+ times real time on one core$/m)
    expect(text).toContain(`cells that could be hit and were not: ${data.empty.length}`)
  }, 120_000)

  test('a violation is told with the command that shows it again, in the JSON too, and ends with 1', () => {
    const file = join(directory, 'violations.json')
    const { status, text } = simulateCommand(
      '--seeds',
      '4',
      '--from',
      '20',
      '--hosts',
      '3',
      '--profile',
      'crashes',
      '--forgetful-disks',
      '--workers',
      '2',
      '--json',
      file,
    )
    expect(status).toBe(1)
    const [{ seed, violations }] = JSON.parse(readFileSync(file, 'utf8')).failed
    expect(violations.length).toBeGreaterThan(0)
    expect(text).toContain(`npm run simulate -- --seed ${seed} --trace`)
  }, 120_000)

  test('--record writes what happened in a group, as the playground takes it', () => {
    const file = join(directory, 'recording.json')
    const { status, text } = simulateCommand('--seed', '250', '--record', file)
    expect(status).toBe(0)
    const { format, version, members, events } = JSON.parse(readFileSync(file, 'utf8'))
    expect({ format, version }).toEqual({ format: 'rafted-recording', version: 1 })
    expect(members.length).toBeGreaterThan(0)
    expect(text).toContain(`${events.length} events of group`)
    expect(events.length).toBeGreaterThan(100)
  }, 120_000)

  test.each([
    [['--profile', 'hurricane'], /--profile takes one of/],
    [['--minutes', 'soon'], /--minutes takes a number above 0/],
    [['--seeds', '0'], /--seeds takes 1 or more/],
    [['--workers', '-1'], /--workers/],
    [['--sedes', '1'], /Unknown option/],
    [['--record', 'run.json'], /--record takes one seed/],
    [['--seed', '1', '--group', 'group'], /--group says which group --record is about/],
  ])('%j is refused', (args, reason) => {
    const { status, text } = simulateCommand(...args)
    expect(status).toBe(2)
    expect(text).toMatch(reason)
  })
})

describe('simulate-fleets', () => {
  test('runs as many as were asked for, as large, side by side, writes the sums, and ends', () => {
    const file = join(directory, 'fleets.json')
    const size = ['--seeds', '2', '--hosts', '3', '--groups', '1', '--workers', '2']
    const { status, text } = fleetsCommand(...size, '--json', file)
    expect(status).toBe(0)
    expect(last(text)).toMatch(/^seeds 2, groups 2, calls \d+, acknowledged \d+, violations 0$/)
    const data = JSON.parse(readFileSync(file, 'utf8'))
    expect(data).toMatchObject({ seeds: 2, groups: 2, violations: 0, failed: [] })
    expect(Object.keys(data.troubles)).toContain('zone killed')
  }, 120_000)

  test('--trace prints all that happens in one', () => {
    const { text } = fleetsCommand('--seed', '2', '--hosts', '3', '--groups', '1', '--trace')
    expect(text.split('\n').length).toBeGreaterThan(100)
    expect(last(text)).toMatch(/^seeds 1, groups 1,/)
  }, 120_000)

  test('what can not be is refused', () => {
    const bad = fleetsCommand('--groups', 'many')
    expect(bad).toMatchObject({ status: 2, text: expect.stringContaining('usage: npm run simulate-fleets') })
  })
})
