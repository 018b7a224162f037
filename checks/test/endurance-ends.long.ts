/** That a run can fail; and however it ends, no process of it goes on. */
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { afterEach, beforeAll, expect, test } from 'vitest'
import { compileChecks } from './compiled.ts'
import { EndureCommand } from './endure-command.ts'

let command: EndureCommand | null = null

beforeAll(compileChecks)
afterEach(async () => {
  command?.signal('SIGKILL')
  await command?.ended
  if (command !== null) rmSync(command.directory, { recursive: true, force: true, maxRetries: 10 })
  command = null
})

/** Also if nobody has taken note of its end yet. */
function isGone(pid: number): boolean {
  try {
    process.kill(pid, 0)
  } catch {
    return true
  }
  const stat = `/proc/${pid}/stat`
  return existsSync(stat) && /\) [ZX] /.test(readFileSync(stat, 'latin1'))
}

async function allGone(pids: Iterable<number>): Promise<void> {
  for (const pid of pids) while (!isGone(pid)) await new Promise((resolve) => setTimeout(resolve, 10))
}

test('hosts that say "durable" of what only their memory holds are found out', {
  timeout: 120_000,
}, async () => {
  // At the end all are killed at once, while they acknowledge.
  command = new EndureCommand('--seconds', '1', '--forgetful-disks')
  expect(await command.ended, command.text).toBe(1)
  // Which it says first depends on who was read last: an item that is gone, or that there are fewer than there were.
  expect(command.text).toMatch(/was acknowledged and is lost|items are there, where \d+ have been/)
  expect(command.lines.at(-1)).toMatch(/^kills \d+, acknowledged \d+, lost [1-9]\d*, duplicated \d+$/)
  // Kept, and named, for whoever wants to see what is there.
  expect(command.text).toContain(`kept in ${command.directory}`)
  expect(existsSync(command.directory)).toBe(true)
  await allGone(command.processes.values())
})

test('a host that ends by itself ends the run', { timeout: 120_000 }, async () => {
  command = new EndureCommand('--seconds', '600')
  await command.printed(/ start the clients/)
  process.kill(command.processes.get('b')!, 'SIGKILL')
  expect(await command.ended, command.text).toBe(1)
  expect(command.text).toContain('problem: b has ended by itself')
  await allGone(command.processes.values())
})

test('a run that is interrupted ends them, says so, and leaves no files', { timeout: 120_000 }, async () => {
  command = new EndureCommand('--seconds', '600')
  await command.printed(/ (kill|stop) /)
  const { processes } = command
  expect([...processes.keys()].sort()).toEqual(['a', 'b', 'c', 'the clients', 'the guard'])
  command.signal('SIGINT')
  expect(await command.ended).toBe(1)
  await allGone(command.processes.values())
  expect(command.lines.at(-2)).toBe('ended before its time, and not audited')
  expect(existsSync(command.directory)).toBe(false)
})

test('a run that is killed takes them with it, those that are stopped, too', {
  timeout: 120_000,
}, async () => {
  command = new EndureCommand('--seconds', '600')
  await command.printed(/ start the clients/)
  const { processes } = command
  for (const id of ['a', 'b', 'c']) process.kill(processes.get(id)!, 'SIGSTOP')
  command.signal('SIGKILL')
  await command.ended
  await allGone(processes.values())
})
