/** A short run on a network that is cut: nothing is lost, and all that was acknowledged can be explained. */
import { existsSync } from 'node:fs'
import { expect } from 'vitest'
import { CutsCommand } from '../endure-command.ts'

/** @param started is given it at once: whoever gives it up has to end it. */
export async function passed(
  network: 'proxies' | 'namespaces',
  started: (command: CutsCommand) => void,
): Promise<void> {
  // So short a run is no measure of how soon one serves again: a busy machine takes its time.
  const patience = ['--patience', '120']
  const command = new CutsCommand('--minutes', '0.1', '--seed', '5', '--network', network, ...patience)
  started(command)
  expect(await command.ended, command.text).toBe(0)
  const last = /^storms (\d+), acknowledged (\d+), lost 0, duplicated 0$/.exec(command.lines.at(-1)!)
  expect(last, command.text).not.toBeNull()
  expect(Number(last![1]), command.text).toBeGreaterThanOrEqual(2)
  expect(Number(last![2]), command.text).toBeGreaterThan(200)
  expect(command.text).not.toContain('problem')
  expect(existsSync(command.directory)).toBe(false)
}
