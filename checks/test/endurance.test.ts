/** Twelve seconds of endurance with real processes; `npm run endure -- --seconds N` for any length. */
import { existsSync } from 'node:fs'
import { afterEach, beforeAll, expect, test } from 'vitest'
import { compileChecks } from './compiled.ts'
import { EndureCommand } from './endure-command.ts'

let command: EndureCommand | null = null

beforeAll(compileChecks)
afterEach(() => command?.signal('SIGKILL'))

test('nothing acknowledged is lost or happens twice, whoever is killed or stopped', {
  timeout: 180_000,
}, async () => {
  command = new EndureCommand('--seconds', '12', '--seed', '20')
  expect(await command.ended, command.text).toBe(0)
  const last = /^kills (\d+), acknowledged (\d+), lost 0, duplicated 0$/.exec(command.lines.at(-1)!)
  expect(last, command.text).not.toBeNull()
  expect(Number(last![1]), command.text).toBeGreaterThanOrEqual(3)
  expect(Number(last![2]), command.text).toBeGreaterThan(240)
  const [, met, kills] = /^kills .* (\d+) of (\d+) met the leader$/m.exec(command.text)!
  expect(Number(met) * 3, command.text).toBeGreaterThanOrEqual(Number(kills))
  const [, share] = /^in flight .* (\d+) % met 16 or more/m.exec(command.text)!
  expect(Number(share), command.text).toBeGreaterThanOrEqual(90)
  expect(command.text).not.toContain('problem')
  expect(existsSync(command.directory)).toBe(false)
})
