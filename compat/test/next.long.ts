/**
 * A next version of Rafted beside this one: it reads one version of the wire more, and has a kind of entry that this one doesn't know (F111, F111b, F111c).
 */
import { afterAll, afterEach, expect, test } from 'vitest'
import { makeNextBuild } from '../src/builds/next.ts'
import { thisBuild } from '../src/builds/sources.ts'
import type { Cluster } from '../src/cluster/cluster.ts'
import { audit, begin, HOSTS, type Run, roll, visit } from '../src/cluster/rolling.ts'
import { until } from '../src/cluster/until.ts'

const { build: next, remove } = makeNextBuild()
afterAll(remove)

let run: Run | null = null
afterEach(async () => {
  await run?.cluster.close()
})

async function levels(cluster: Cluster): Promise<(number | undefined)[]> {
  const statuses = await Promise.all(cluster.running.map((id) => cluster.host(id).status()))
  return statuses.map((status) => status?.settings.featureLevel)
}

test('an upgrade host by host, back, and again: what is new waits for the last old member, and then there is no way back', {
  timeout: 300_000,
}, async () => {
  run = await begin(thisBuild, next)
  const { cluster, load } = run
  await roll(run, ['a', 'b'], next)
  expect(await levels(cluster)).toEqual([1, 1, 1])
  await visit(run, thisBuild)
  await roll(run, ['b', 'a'], thisBuild)
  expect(await levels(cluster)).toEqual([1, 1, 1])

  await roll(run, HOSTS, next)
  await until('the level has risen', async () => (await levels(cluster)).every((level) => level === 2))
  await load.advance(40)

  // The one that leads has made an entry that only the next version knows.
  await cluster.stop('c')
  await expect(cluster.start('c', thisBuild)).rejects.toMatchObject({
    code: 'version-mismatch',
    outcome: 'not-applied',
    message: expect.stringMatching(/newer/),
  })
  await cluster.start('c', next)
  await cluster.caughtUp('c')

  // One that has nothing yet is not added, and says why.
  const stranger = await cluster.start('d', thisBuild)
  await until('the newcomer is refused', async () => {
    const events = await stranger.events()
    return events.some(
      ({ kind, what, code }) => kind === 'join' && what === 'refused' && code === 'version-mismatch',
    )
  })
  await cluster.stop('d')
  await load.advance(40)
  expect(await audit(run)).toEqual([])
})

test('a host that comes back with the old version, after the level has risen by what it had said: it alone stops, and goes on with the new one', {
  timeout: 300_000,
}, async () => {
  run = await begin(thisBuild, next)
  const { cluster, load } = run
  await roll(run, ['b', 'c'], next)
  await cluster.stop('c')
  await roll(run, ['a'], next)
  await until('the level has risen', async () => (await levels(cluster)).every((level) => level === 2))
  // More than the others keep of their logs: what it needs is a snapshot.
  const { snapshotIndex } = (await cluster.host('a').status())!
  await until('all logs begin behind what it has', async () => {
    const statuses = await Promise.all(cluster.running.map((id) => cluster.host(id).status()))
    return statuses.every((status) => status!.snapshotIndex > snapshotIndex + 500)
  })
  const late = await cluster.start('c', thisBuild)
  await until('it is told', async () =>
    (await late.events()).some(
      ({ kind, code }) => code === 'version-mismatch' && (kind === 'join' || kind === 'member-stopped'),
    ),
  )
  await load.advance(40)
  await cluster.stop('c')
  await cluster.start('c', next)
  await cluster.caughtUp('c')
  expect(await audit(run)).toEqual([])
})
