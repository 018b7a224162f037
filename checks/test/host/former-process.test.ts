/** What is said to a process that is no more is not said to the one that has taken its place (F60b). */
import { transportLink } from '@rafted/client'
import type { Random, Transport } from '@rafted/contracts'
import { realClock as clock } from '@rafted/contracts/node'
import { openHost } from '@rafted/host'
import { memoryStorage } from '@rafted/storage'
import { SeededRandom } from '@rafted/testing'
import { memoryNetwork } from '@rafted/transport-memory'
import { decodeBatch, encodeBatch, type Link, type Request, type Response, WIRE_VERSIONS } from '@rafted/wire'
import { expect, test } from 'vitest'

const cluster = 'test'
/** Who asks at an address of its own, in a process that ends with `close`. */
interface Asking {
  readonly link: Link
  close(): Promise<void>
}

async function openAsHost(transport: Transport, random: Random): Promise<Asking> {
  const stores = memoryStorage().open()
  return openHost({ id: 'a', cluster, transport, ...stores, durable: false, clock, random })
}

async function openAsClient(transport: Transport, random: Random): Promise<Asking> {
  const link = await transportLink({ transport, cluster, name: 'a', clock, random })
  return { link, close: () => link.close() }
}

/** A host that answers when, and what, it is told to. */
async function slowHost(transport: Transport) {
  const asked: Request[] = []
  let onAsked = (): void => {}
  await transport.listen({
    onBatch(_from, batch) {
      for (const item of decodeBatch(batch, { cluster }).items)
        if (item.kind === 'request') asked.push(item.request)
      onAsked()
    },
    onPeer() {},
  })
  return {
    async next(): Promise<Request> {
      while (asked.length === 0)
        await new Promise<void>((resolve) => {
          onAsked = resolve
        })
      return asked.shift()!
    },
    answer(...responses: Response[]): void {
      const items = responses.map((response) => ({ kind: 'response' as const, response }))
      transport.send('a', encodeBatch({ cluster, versions: WIRE_VERSIONS, sender: 'b' }, items), 'urgent')
    },
  }
}

test.each([
  ['host', openAsHost, 'peer'],
  ['client', openAsClient, 'client'],
] as const)(
  'a late answer to a %s’s former process is not taken as that to another call',
  async (_kind, open, role) => {
    const network = memoryNetwork({ clock })
    const other = await slowHost(network.transport({ name: 'b', role: 'peer' }))
    const place = () => network.transport({ name: 'a', role })
    const locate = { kind: 'locate', group: 'g', incarnation: null } as const

    const former = await open(place(), new SeededRandom(1))
    const unanswered = former.link.call('b', locate, 60_000)
    const first = await other.next()
    await former.close()
    expect(await unanswered).toMatchObject({ code: 'closed', outcome: 'unknown' })

    const present = await open(place(), new SeededRandom(2))
    const waiting = present.link.call('b', locate, 60_000)
    const second = await other.next()
    const done = { kind: 'done', configuration: null } as const
    other.answer(
      { ...done, id: first.id, incarnation: 'late' },
      { ...done, id: second.id, incarnation: 'its own' },
    )
    expect(await waiting).toEqual({ ...done, id: second.id, incarnation: 'its own' })
    await present.close()
  },
)
