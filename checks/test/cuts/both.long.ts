/** Both networks, also where the usual test needs only one of them (F92); and that a run can fail. */
import { afterEach, beforeAll, expect, test } from 'vitest'
import { compileChecks } from '../compiled.ts'
import { CutsCommand } from '../endure-command.ts'
import { passed } from './passed.ts'
import { withoutNamespaces } from './possible.ts'

let command: CutsCommand | null = null
const started = (begun: CutsCommand): void => {
  command = begun
}

beforeAll(compileChecks)
afterEach(async () => {
  command?.signal('SIGKILL')
  await command?.ended
})

test('through proxies', { timeout: 300_000 }, () => passed('proxies', started))

test.skipIf(withoutNamespaces)('between namespaces', { timeout: 300_000 }, () =>
  passed('namespaces', started),
)

test('a run whose clients read what is stale is found out', { timeout: 300_000 }, async () => {
  command = new CutsCommand('--minutes', '2', '--seed', '1', '--network', 'proxies', '--stale-reads')
  expect(await command.ended, command.text).toBe(1)
  expect(command.text).toMatch(/is not linearizable/)
})
