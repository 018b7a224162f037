/** What a host of the chat does: it holds the directory, and a member of each room that stands there. */
import { setTimeout } from 'node:timers/promises'
import { type Host, isRaftedError } from 'rafted'
import { directory, directoryName, groupOf } from './directory.ts'
import { ids } from './hosts.ts'
import { room } from './room.ts'
import { addresses } from './transport.ts'

type Machine = Parameters<Host['group']>[1]['machine']

/** Runs for as long as the host does. Rejects with what it can't go on for. */
export function serve(host: Host): Promise<never> {
  return new Promise((_, reject) => {
    const seen = new Set<string>()
    const follow = async (): Promise<void> => {
      await hold(host, directoryName, directory, ids[0]!)
      for await (const rooms of host.value(directoryName, directory).watchQuery('all'))
        for (const [i, name] of rooms.entries()) {
          if (seen.has(name)) continue
          seen.add(name)
          // They begin rooms in turn, so that each leads its share of them.
          hold(host, groupOf(name), room, ids[i % ids.length]!).catch(reject)
        }
    }
    follow().catch(reject)
  })
}

/**
 * Runs the member of a group, and, on the one host whose part that is, begins the group where nobody knows it. That one has the
 * word of all others for it, so no group is begun twice.
 * @returns when the group is there.
 */
async function hold(host: Host, name: string, machine: Machine, founder: string): Promise<void> {
  await host.group(name, { machine, join: addresses })
  while (host.status(name) === null) {
    if (host.id === founder) await host.createGroup(name, { machine }).catch(unlessLater)
    if (host.status(name) === null) await setTimeout(20)
  }
}

/** Others are down and can't be asked, or know the group, which then comes here by itself. */
function unlessLater(error: unknown): void {
  if (!isRaftedError(error, 'peers-unreachable') && !isRaftedError(error, 'already-exists')) throw error
}
