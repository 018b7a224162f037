/** The application's event loop is blocked: a host in it loses its leadership, one in a worker does not (F94r). */
import { type Host, type HostInWorker, openHost } from 'rafted'
import { afterEach, describe, expect, test } from 'vitest'
import { freeAddress, freshDirectory, hostInWorker, machine, secret } from './hosts.ts'
import { tally } from './tally.ts'

const settings = { heartbeatMs: 50, electionMs: 500 }

const cleanUps: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp()
})

/** Nothing else of this thread runs meanwhile. */
export function block(ms: number): void {
  const until = performance.now() + ms
  while (performance.now() < until);
}

/** `leader` leads, with two others in workers. Resolves when all three know that three vote. */
async function withOthers<H extends Host | HostInWorker>(open: (listen: string) => Promise<H>): Promise<H> {
  const addresses = [await freeAddress(), await freeAddress(), await freeAddress()]
  const leader = await open(addresses[0]!)
  for (const [i, id] of ['b', 'c'].entries()) {
    const host = await hostInWorker({ id, listen: addresses[i + 1]! })
    await host.group('tally', { machine, join: addresses, settings })
  }
  for (const at of addresses)
    for (;;) {
      const status = await leader.client.status('tally', { at })
      const configuration = status?.configuration?.configuration
      if (configuration?.outgoing === null && configuration.voters.length === 3) break
    }
  await leader.client.transferLeadership('tally', (await leader.status('tally'))!.member)
  return leader
}

/** @param ms far more than an election timeout. */
export function blockedLoops(ms: number): void {
  describe(`while the application's loop is blocked for ${ms} ms`, () => {
    test('a host in it loses its leadership', async () => {
      const host = await withOthers(async (listen) => {
        const dir = await freshDirectory()
        const opened = await openHost({ id: 'a', cluster: 'shop', listen, secret, dir })
        cleanUps.push(() => opened.close({ transfer: false }))
        await opened.createGroup('tally', { machine: tally, settings })
        return opened
      })
      const { term } = host.status('tally')!
      block(ms)
      await host.value('tally', tally).add(1)
      expect((await host.client.status('tally'))!.term).toBeGreaterThan(term)
    })

    test('a host in a worker keeps it: term and leader are the same', async () => {
      const host = await withOthers(async (listen) => {
        const opened = await hostInWorker({ listen })
        await opened.createGroup('tally', { machine, settings })
        return opened
      })
      const before = (await host.status('tally'))!
      const lost: unknown[] = []
      host.on('leadership-lost', (event) => lost.push(event))
      block(ms)
      expect(host.leadership('tally').token).toMatchObject({ term: before.term })
      await host.value('tally', tally).add(1)
      const { term, leader, role, elections } = (await host.status('tally'))!
      expect({ term, leader, role, elections }).toEqual({
        term: before.term,
        leader: before.leader,
        role: 'leader',
        elections: before.elections,
      })
      expect(lost).toEqual([])
    })
  })
}
