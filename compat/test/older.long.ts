/** This build beside earlier ones: a rolling upgrade and back with one that has the same formats, and one with others that are refused (F111d). */
import { afterEach, describe, expect, test } from 'vitest'
import { hasHistory, oldestFriend, stranger } from '../src/builds/older.ts'
import { thisBuild } from '../src/builds/sources.ts'
import { Cluster } from '../src/cluster/cluster.ts'
import { audit, begin, HOSTS, roll, visit } from '../src/cluster/rolling.ts'
import { until } from '../src/cluster/until.ts'

let cluster: Cluster | null = null
afterEach(async () => {
  await cluster?.close()
  cluster = null
})

if (!hasHistory) console.log('skipped: this clone has no history, and earlier builds are made from it')

// What is installed and compiled takes its time; it is kept for the next run.
describe.skipIf(!hasHistory)('beside an earlier build', { timeout: 600_000 }, () => {
  test('that has the same formats: a rolling upgrade, and back, under load, with nothing lost or done twice', async () => {
    const older = oldestFriend()
    const run = await begin(older, thisBuild)
    cluster = run.cluster
    await roll(run, ['a', 'b'], thisBuild)
    // One of each build joins, and is given all there is by a leader of whichever build.
    await visit(run, older)
    await visit(run, thisBuild)
    await roll(run, ['c'], thisBuild)
    await roll(run, HOSTS, older)
    expect(await audit(run)).toEqual([])
  })

  test('whose formats were never published: each refuses the other by name, and nothing is harmed', async () => {
    const other = stranger()
    cluster = await Cluster.of([...HOSTS, 'd'])
    for (const id of HOSTS) await cluster.start(id, other)
    await cluster.host('a').create()
    for (const id of HOSTS) await cluster.caughtUp(id)
    const client = await cluster.client(other)
    await client.add(['first', 'second'])

    // On its directory.
    await cluster.stop('c')
    await expect(cluster.start('c', thisBuild)).rejects.toMatchObject({
      code: expect.stringMatching(/^(bad-bytes|version-mismatch|damaged-storage)$/),
      outcome: 'not-applied',
    })
    // In its cluster: hosts there take nothing of what this build sends.
    const guest = await cluster.start('d', thisBuild)
    await until('the guest was refused', async () => {
      const events = await cluster!.host('a').events()
      return events.some(({ kind, code }) => kind === 'transport' && code === 'bad-bytes')
    })
    expect(await guest.status()).toBeNull()
    await cluster.stop('d')
    // The other build finds all it had, and goes on.
    await cluster.start('c', other)
    await cluster.caughtUp('c')
    await client.add(['third'])
    expect(await client.all()).toEqual(['first', 'second', 'third'])
    const held = await Promise.all(HOSTS.map((id) => cluster!.host(id).held()))
    expect(new Set(held.map(({ hash }) => hash)).size).toBe(1)
  })
})
