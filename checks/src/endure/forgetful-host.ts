/**
 * A host that lies: it says of writes that they are durable while they wait in its memory. A kill loses them, as a power cut
 * loses what a host did not flush. A run against such hosts has to fail, or its verdict means nothing.
 */
import { createClient, HostWithClient } from '@rafted/client'
import type { GroupWrite, LogStore } from '@rafted/contracts'
import { realClock, realRandom } from '@rafted/contracts/node'
import { openHost } from '@rafted/host'
import { openFileStorage } from '@rafted/storage'
import { tcpTransport } from '@rafted/transport-tcp'
import type { Host, HostOptions } from 'rafted'

/** How long writes wait, milliseconds. */
const HOLD_MS = 1000

/** What `openHost` of `rafted` does, with a log store that lies. */
export async function openForgetfulHost(options: HostOptions): Promise<Host> {
  const { id, cluster, listen, dir, observer } = options
  const seams = { clock: realClock, random: realRandom, ...(observer === undefined ? {} : { observer }) }
  const transport = tcpTransport({ name: id, role: 'peer', cluster, listen, ...seams })
  const { logs, snapshots } = await openFileStorage({ path: dir, cluster, host: id, ...seams })
  const host = await openHost({
    id,
    cluster,
    transport,
    logs: forgetful(logs),
    snapshots,
    durable: true,
    ...seams,
  })
  const addresses = (group: string): string[] => host.addresses(group)
  return new HostWithClient(host, createClient({ link: host.link, addresses, ...seams }))
}

/** Holds writes back; all other calls see them all the same. */
function forgetful(inner: LogStore): LogStore {
  let held: GroupWrite[] = []
  const flush = async (): Promise<void> => {
    const writes = held
    held = []
    if (writes.length > 0) await inner.write(writes)
  }
  const timer = setInterval(() => void flush(), HOLD_MS)
  const after =
    <Args extends unknown[], Result>(run: (...args: Args) => Promise<Result>) =>
    async (...args: Args): Promise<Result> => {
      await flush()
      return run(...args)
    }
  return {
    groups: after(() => inner.groups()),
    create: after((group, identity) => inner.create(group, identity)),
    open: after((group) => inner.open(group)),
    async write(writes) {
      held.push(...writes)
    },
    read: after((group, from, count, maxBytes) => inner.read(group, from, count, maxBytes)),
    room: () => inner.room(),
    compact: after((group, upTo) => inner.compact(group, upTo)),
    markRemoved: after((group, removedAt) => inner.markRemoved(group, removedAt)),
    remove: after((group) => inner.remove(group)),
    close: after(() => {
      clearInterval(timer)
      return inner.close()
    }),
  }
}
