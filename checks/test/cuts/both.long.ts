/** Both networks, also where the usual test needs only one of them (F92). */
import { afterEach, beforeAll, test } from 'vitest'
import { compileChecks } from '../compiled.ts'
import type { CutsCommand } from '../endure-command.ts'
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
