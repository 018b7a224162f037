/** Three hosts in three workers of one process, over TCP and files; the leader's thread is ended (F94t). */
import { isRaftedError } from 'rafted'
import { expect, test } from 'vitest'
import { freeAddress, freshDirectory, hostInWorker, machine } from './hosts.ts'
import { tally } from './tally.mjs'

const settings = { heartbeatMs: 50, electionMs: 500 }

test('the others go on when one is ended, and it comes back as the member it was', async () => {
  const places = await Promise.all(
    ['a', 'b', 'c'].map(async (id) => ({ id, listen: await freeAddress(), dir: await freshDirectory() })),
  )
  const join = places.map(({ listen }) => listen)
  const [a, b, c] = await Promise.all(places.map((place) => hostInWorker(place)))
  await a!.createGroup('tally', { machine, settings })
  for (const host of [b!, c!]) await host.group('tally', { machine, settings, join })
  const value = c!.value('tally', tally)
  expect(await value.add(1)).toBe(1)
  expect(await a!.value('tally', tally).sum()).toBe(1)
  // All three vote, and know it.
  for (const at of join)
    for (;;) {
      const configuration = (await c!.client.status('tally', { at }))?.configuration?.configuration
      if (configuration?.outgoing === null && configuration.voters.length === 3) break
    }
  const { member } = (await a!.status('tally'))!
  await c!.transferLeadership('tally', member)
  expect((await a!.status('tally'))!.role).toBe('leader')

  await a!.terminate()
  expect(await value.add(2)).toBe(3)
  await expect(a!.value('tally', tally).sum()).rejects.toSatisfy((error) => isRaftedError(error, 'closed'))

  const again = await hostInWorker(places[0]!)
  await again.group('tally', { machine, settings, join })
  expect((await again.status('tally'))!.member).toBe(member)
  expect(await again.value('tally', tally).with({ on: 'here' }).sum()).toBe(3)
  await Promise.all([again, b!, c!].map((host) => host.close()))
})
