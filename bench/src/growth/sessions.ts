/** What a command takes when very many sessions are open, and take turns. */
import { type Client, createClient } from '@rafted/client'
import { realClock, realRandom } from '@rafted/contracts/node'
import { type Host, openHost } from '@rafted/host'
import { memoryStorage } from '@rafted/storage'
import { memoryNetwork } from '@rafted/transport-memory'
import { cell } from '../cell.ts'
import { closedLoop } from '../measure.ts'
import { until } from '../until.ts'
import type { Growth, GrowthBench } from './growth.ts'

const seams = { clock: realClock, random: realRandom }
const PAYLOAD = new Uint8Array(16).fill(0x61)
const CONCURRENCY = 256
/** More than are opened. */
const MAX_SESSIONS = 65_536

export async function growthOfSessions({ sessions, measureMs }: GrowthBench): Promise<Growth> {
  const hosts = await openHosts()
  const clients: Client[] = []
  const points: { x: number; y: number }[] = []
  try {
    const [first] = hosts as [Host]
    for (const count of sessions) {
      while (clients.length < count)
        clients.push(createClient({ link: first.link, addresses: ['a'], ...seams }))
      const handles = clients.map((client) => client.value('cell', cell))
      let next = 0
      const call = (): Promise<unknown> => handles[next++ % count]!.put(PAYLOAD)
      // Each opens its session with its first command.
      for (let i = 0; i < count; i += CONCURRENCY)
        await Promise.all(handles.slice(i, i + CONCURRENCY).map((handle) => handle.put(PAYLOAD)))
      const { ops_per_s } = await closedLoop(call, CONCURRENCY, { warmUpMs: measureMs, measureMs })
      points.push({ x: count, y: 1_000_000 / ops_per_s })
    }
  } finally {
    await Promise.all(clients.map((client) => client.close()))
    await Promise.all(hosts.map((host) => host.close()))
  }
  return {
    name: 'sessions',
    how: `Three hosts in one process, in memory; ${CONCURRENCY} commands of 16 bytes under way, by so many clients in turn, each with a session of its own.`,
    chart: {
      title: 'What a command takes with so many sessions',
      x: { label: 'sessions', log: true },
      y: { label: 'µs per command' },
      lines: [{ name: 'µs per command', points }],
    },
  }
}

async function openHosts(): Promise<Host[]> {
  const network = memoryNetwork({ clock: realClock })
  const hosts = await Promise.all(
    ['a', 'b', 'c'].map((id) => {
      const transport = network.transport({ name: id, role: 'peer' })
      const options = { id, cluster: 'bench', transport, ...memoryStorage().open(), durable: false, ...seams }
      return openHost(options)
    }),
  )
  const [first, ...others] = hosts as [Host, ...Host[]]
  const settings = { maxSessions: MAX_SESSIONS }
  await first.createGroup('cell', { machine: cell, settings })
  for (const host of others) await host.group('cell', { machine: cell, join: ['a'], settings })
  await until(async () => first.status('cell')?.configuration?.configuration.voters.length === hosts.length)
  return hosts
}
