/** What every command says of itself, and that it is so. */
import { type ErrorCode, type Outcome, RaftedError } from '@rafted/contracts'
import { expect, test } from 'vitest'
import { optionsOf, parse } from '../src/arguments.ts'
import { commands } from '../src/commands.ts'
import { failureReport, statusOfFailure } from '../src/faults.ts'
import { typed } from './typed.ts'

/** Words of a line, as a shell takes them. */
const wordsOf = (line: string): string[] =>
  [...line.matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g)].map(([, one, two, plain]) => one ?? two ?? plain!)

test.each(commands.map((command) => [command.name, command] as const))(
  '%s has examples that can be typed, and tells of each of its options',
  async (name, command) => {
    expect(command.examples.length).toBeGreaterThan(0)
    for (const [example] of command.examples)
      expect(parse(command, wordsOf(example), {}), example).not.toBe('help')
    const { status, out, said } = await typed('/', `${name} --help`)
    expect({ status, said }).toEqual({ status: 0, said: '' })
    expect(out.startsWith(`${command.summary}\n\nusage: rafted ${name}`)).toBe(true)
    for (const { name: option, variable } of optionsOf(command)) {
      expect(out).toMatch(new RegExp(`^ {2}--${option}( |\\n)`, 'm'))
      if (variable !== undefined) expect(out).toContain(`[${variable}]`)
    }
    expect(out).toContain('Exit status: 0 if')
    expect((await typed('/', `help ${name}`)).out).toBe(out)
    expect((await typed('/', `${name} -h`)).out).toBe(out)
  },
)

test('each is in the list of all, once', async () => {
  const { out } = await typed('/', '--help')
  for (const { name, summary } of commands)
    expect(out.match(new RegExp(`^ {2}${name} +(.*)$`, 'm'))?.[1], name).toBe(summary)
  expect((await typed('/', 'help')).out).toBe(out)
  expect(await typed('/', '')).toEqual({ status: 2, out: '', said: out })
  expect((await typed('/', '--version')).out).toMatch(/^\d+\.\d+\.\d+\n$/)
})

test('the first word of several commands alone tells which there are', async () => {
  const own = commands.filter(({ name }) => name.startsWith('members '))
  const asked = await typed('/', 'members --help')
  expect(asked.status).toBe(0)
  for (const { name } of own) expect(asked.out).toContain(`\n  ${name} `)
  expect(await typed('/', 'members')).toEqual({ status: 2, out: '', said: asked.out })
  expect((await typed('/', 'members lst')).said).toContain(
    'There is no command "members lst". Is "members list" meant?',
  )
})

test('a command that there is not is refused, with the one that may be meant', async () => {
  expect(await typed('/', 'statsu kv')).toEqual({
    status: 2,
    out: '',
    said: 'There is no command "statsu". Is "status" meant? "rafted --help" says how it is used.\n',
  })
  expect((await typed('/', 'nothing-like-it')).said).not.toContain('meant')
})

test('all that talk to hosts are told where these are in the same way, all that run one as well', () => {
  const shared = (name: string): string[] =>
    commands
      .find((command) => command.name === name)!
      .options.filter((option) => option.shared)
      .map((option) => option.name)
  const talking = commands.filter(({ options }) => options.some(({ name }) => name === 'at'))
  expect(talking.map(({ name }) => name)).toEqual(
    expect.arrayContaining(['init', 'get', 'put', 'del', 'watch', 'lock', 'status', 'backup', 'bench']),
  )
  for (const { name } of talking)
    expect(shared(name), name).toEqual([
      'at',
      'cluster',
      'secret-file',
      'tls-key',
      'tls-cert',
      'tls-ca',
      'name',
      'timeout',
    ])
  for (const name of ['start', 'restore'])
    expect(shared(name), name).toEqual(['cluster', 'secret-file', 'tls-key', 'tls-cert', 'tls-ca'])
  // A secret on the command line could be read by every user of the machine.
  for (const { options } of commands) for (const { name } of options) expect(name).not.toBe('secret')
})

test('the status tells what an error says of what has happened', () => {
  const error = (code: ErrorCode, outcome: Outcome) => new RaftedError(code, 'why', { outcome })
  const statuses = [
    error('timeout', 'unknown'),
    error('timeout', 'not-applied'),
    error('damaged-storage', 'not-applied'),
    new TypeError('a fault of its own'),
  ].map((each) => statusOfFailure(failureReport(each)))
  expect(statuses).toEqual([3, 2, 1, 2])
  expect(failureReport(error('timeout', 'unknown'))).toEqual({
    code: 'timeout',
    message: 'why',
    outcome: 'unknown',
    file: null,
    offset: null,
  })
})
