/**
 * Hosts in processes of their own, on networks that are cut (F92): what clients saw is linearizable, nothing acknowledged is lost, and whoever could serve
 * has served. `npm run cuts -- --minutes M` for any length.
 */
import { afterEach, beforeAll, describe, expect, test } from 'vitest'
import { command as kernel } from '../../src/cuts/kernel-commands.ts'
import { removeLeftOvers } from '../../src/cuts/namespaces.ts'
import { compileChecks } from '../compiled.ts'
import { CutsCommand } from '../endure-command.ts'
import { passed } from './passed.ts'
import { withoutNamespaces } from './possible.ts'

let command: CutsCommand | null = null

beforeAll(compileChecks)
afterEach(async () => {
  command?.signal('SIGKILL')
  await command?.ended
  if (!withoutNamespaces) await removeLeftOvers()
})

/** Those of the run; other tests have theirs at the same time. */
async function namespaces(): Promise<string[]> {
  const { output } = await kernel('ip', ['netns', 'list'])
  return output.split('\n').filter((line) => line.startsWith(`rafted-cuts-${command!.pid}-`))
}

/** As real as can be here; `npm run test:long` runs both. */
const network = withoutNamespaces ? 'proxies' : 'namespaces'

test(`a short run: ${network}`, { timeout: 300_000 }, async () => {
  await passed(network, (started) => {
    command = started
  })
  if (!withoutNamespaces) expect(await namespaces()).toEqual([])
})

describe.skipIf(withoutNamespaces)('between namespaces', () => {
  test('a run that is interrupted removes them', { timeout: 120_000 }, async () => {
    command = new CutsCommand('--minutes', '10', '--seed', '4', '--network', 'namespaces')
    await command.printed(/ start the guard/)
    expect(await namespaces()).toHaveLength(5)
    command.signal('SIGTERM')
    expect(await command.ended).toBe(1)
    expect(await namespaces()).toEqual([])
  })
})
