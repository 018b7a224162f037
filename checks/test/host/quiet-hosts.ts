/** Three hosts on virtual time, with groups that fall quiet. */
import { type Client, createClient } from '@rafted/client'
import { type Host, openHost } from '@rafted/host'
import { memoryStorage } from '@rafted/storage'
import { SeededRandom } from '@rafted/testing'
import { memoryNetwork } from '@rafted/transport-memory'
import { decodeBatch } from '@rafted/wire'
import { afterEach } from 'vitest'
import { DrillClock } from '../recovery/drill-clock.ts'
import { list } from '../recovery/drill-hosts.ts'

const QUIET_MS = 1000
export const ids = ['a', 'b', 'c'] as const
export type Id = (typeof ids)[number]

let clock: DrillClock
export let hosts: Map<Id, { readonly host: Host; readonly client: Client; end(): void }>
let batches: number
let named: number
/** What never arrives, though whoever sends it isn't told. */
let loses: (from: string, to: string) => boolean = () => false
/** Batches sent since it was asked last. */
export function sent(): number {
  const count = batches
  batches = 0
  return count
}

/** Groups that hosts have named to each other since it was asked last. */
export function rollCalls(): number {
  const count = named
  named = 0
  return count
}

export function lose(what: (from: string, to: string) => boolean): void {
  loses = what
}

export const now = (): number => clock.now()

afterEach(async () => {
  loses = () => false

  for (const { host, client } of hosts.values()) {
    await client.close()
    await host.close({ transfer: false })
  }
  clock.stop()
})

/** Three hosts with so many groups, all led, by each a third of them or by one them all, and nothing asked of them. */
export async function groups(count: number, ledBy?: 'a'): Promise<ReturnType<typeof memoryNetwork>> {
  clock = new DrillClock()
  hosts = new Map()
  batches = 0
  named = 0
  const random = new SeededRandom(count)
  const network = memoryNetwork({ clock })
  for (const id of ids) {
    const life = clock.ofOneLife()
    const seams = { clock: life.clock, random: random.fork() }
    const bare = network.transport({ name: id, role: 'peer' })
    const transport = {
      maxBatchBytes: bare.maxBatchBytes,
      get address() {
        return bare.address
      },
      listen: bare.listen.bind(bare),
      close: bare.close.bind(bare),
      send: (...args: Parameters<typeof bare.send>) => {
        batches++
        for (const item of decodeBatch(args[1]).items)
          if (item.kind === 'roll-call') named += item.groups.length
        return loses(id, args[0]) || bare.send(...args)
      },
    }
    const host = await openHost({
      id,
      cluster: 'quiet',
      transport,
      ...memoryStorage().open(),
      durable: true,
      ...seams,
    })
    const client = createClient({ link: host.link, addresses: ids, ...seams })
    const end = (): void => {
      life.end()
      void bare.close()
    }
    hosts.set(id, { host, client, end })
  }
  const settings = { quietAfterMs: QUIET_MS }
  const names = Array.from({ length: count }, (_, i) => `g${i}`)
  for (const [i, name] of names.entries()) {
    const turn = ledBy === undefined ? i % 3 : 0
    const [first, ...others] = [...ids.slice(turn), ...ids.slice(0, turn)]
    await at(first!).createGroup(name, { machine: list, join: ids, settings, unreachable: 'checked' })
    for (const id of others) await at(id).group(name, { machine: list, join: ids, settings })
  }
  await until(() => names.every((name) => voters(name) === 3))
  await until(() => names.every((name) => ids.every((id) => isQuiet(id, name))))
  return network
}

export const at = (id: Id): Host => hosts.get(id)!.host
export const isQuiet = (id: Id, group: string): boolean => at(id).inspect(group)?.core.isQuiet === true
export const leader = (group: string): Id | undefined =>
  [...hosts.keys()].find((id) => at(id).status(group)?.role === 'leader')
export const voters = (group: string): number =>
  at('a').status(group)?.configuration?.configuration.voters.length ?? 0
export const value = (id: Id, group: string) => hosts.get(id)!.client.value(group, list)
export const pause = (ms: number): Promise<void> => new Promise((resolve) => void clock.after(ms, resolve))

export async function until(holds: () => boolean, ms = 60_000): Promise<number> {
  const begun = clock.now()
  while (!holds()) {
    if (clock.now() > begun + ms) throw new Error(`it has not come about within ${ms} ms`)
    await pause(10)
  }
  return clock.now() - begun
}
