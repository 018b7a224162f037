/** The application's event loop is blocked: a host in it loses its leadership, one in a worker does not (F94r). */
import { type Host, type HostInWorker, openHost } from 'rafted'
import { afterEach, describe, expect, test } from 'vitest'
import { endAll, freeAddress, freshDirectory, hostInWorker, machine, secret } from './hosts.ts'
import { tally } from './tally.mjs'

const cleanUps: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp()
})

/** Nothing else of this thread runs meanwhile. */
export function block(ms: number): void {
  const until = performance.now() + ms
  while (performance.now() < until);
}

interface Settings {
  readonly heartbeatMs: number
  readonly electionMs: number
}

/** What `open` gives leads, with two others in workers. Resolves when all three know that three vote. */
async function withOthers<H extends Host | HostInWorker>(
  settings: Settings,
  open: (listen: string) => Promise<H>,
): Promise<H> {
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

/** Another attempt, where the machine itself had no time for the worker. */
const ATTEMPTS = 3

/** @param ms far more than the election timeout. */
export function blockedLoops(ms: number, electionMs: number): void {
  const settings = { heartbeatMs: electionMs / 10, electionMs }

  describe(`while the application's loop is blocked for ${ms} ms`, () => {
    test('a host in it loses its leadership', async () => {
      const host = await withOthers(settings, async (listen) => {
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
      for (let attempt = 1; ; attempt++) {
        const host = await withOthers(settings, async (listen) => {
          const opened = await hostInWorker({ listen })
          await opened.createGroup('tally', { machine, settings })
          return opened
        })
        const { term, leader, elections } = (await host.status('tally'))!
        const lost: unknown[] = []
        host.on('leadership-lost', (event) => lost.push(event))
        block(ms)
        const { token } = host.leadership('tally')
        await host.value('tally', tally).add(1)
        const after = (await host.status('tally'))!
        // Its own loop is not blocked by that of the application: if it was late, the machine was busy.
        if (after.loop.maxMs > electionMs / 4 && attempt < ATTEMPTS) {
          await endAll()
          continue
        }
        expect(token).toMatchObject({ term })
        expect(after).toMatchObject({ term, leader, role: 'leader', elections })
        expect(lost).toEqual([])
        return
      }
    })
  })
}
