/** The hosts that are attacked: a group that has to stay as it is, one that nobody creates, and one after the other that is given up to the attacker. */
import { createClient, openClient } from '@rafted/client'
import type { Random, Transport } from '@rafted/contracts'
import { realClock } from '@rafted/contracts/node'
import { type Host, openHost } from '@rafted/host'
import { memoryStorage, type Storage } from '@rafted/storage'
import { SeededRandom } from '@rafted/testing'
import { natsTransport } from '@rafted/transport-nats'
import { tcpTransport } from '@rafted/transport-tcp'
import type { NatsConnection } from 'nats'
import { until } from '../until.ts'
import { CLUSTER, HOSTS, type Knowledge, type KnownGroup, SECRET } from './knowledge.ts'
import type { Reached } from './reached.ts'
import { tally } from './tally-machine.ts'

type Client = Awaited<ReturnType<typeof openClient>>

export const HONEST = 'honest'
export const WAITING = 'waiting'

/** Small, so that logs don't grow meanwhile: what grows is to be somebody's fault. */
const settings = { snapshotMinBytes: 64 * 1024, snapshotFactor: 2 }

/** How the honest speak: over TCP, or over a connection of their own to the NATS server. */
export type Speaking =
  | { readonly over: 'tcp' }
  | { readonly over: 'nats'; connect(user: string): Promise<NatsConnection> }

export class Besieged {
  readonly #speaking: Speaking
  readonly #reached: Reached
  readonly #random: Random
  readonly #storages: Storage[] = HOSTS.map(() => memoryStorage().open())
  readonly #hosts: Host[] = []
  readonly #clients: Client[] = []
  readonly #connections: NatsConnection[] = []
  #sacrificed: string | null = null
  /** Groups that were given up to the attacker so far. */
  sacrifices = 0

  constructor(speaking: Speaking, seed: number, reached: Reached) {
    this.#speaking = speaking
    this.#reached = reached
    this.#random = new SeededRandom(seed)
  }

  async open(): Promise<void> {
    for (let i = 0; i < HOSTS.length; i++) this.#hosts.push(await this.#openHost(i, '127.0.0.1:0'))
    await this.#found(HONEST, 0)
    for (const host of this.#hosts.slice(1)) await host.group(WAITING, { machine: tally })
    // So that there are older terms.
    for (const i of [1, 2, 0]) await this.#handOverTo(i)
    await this.sacrifice()
  }

  async #openHost(i: number, listen: string): Promise<Host> {
    const id = HOSTS[i]!
    const transport = this.#reached.tapped(await this.#transport(id, 'peer', listen))
    const { logs, snapshots } = this.#storages[i]!
    const seams = { clock: realClock, random: this.#random, observer: { event: this.#reached.event } }
    return openHost({ id, cluster: CLUSTER, transport, logs, snapshots, durable: true, ...seams })
  }

  async #transport(name: string, role: 'peer' | 'client', listen: string): Promise<Transport> {
    const seams = { clock: realClock, random: this.#random, observer: { event: this.#reached.event } }
    const self = { name, role, cluster: CLUSTER, ...seams } as const
    if (this.#speaking.over === 'tcp')
      return tcpTransport({ ...self, listen: role === 'peer' ? listen : null, secret: SECRET })
    const nats = await this.#speaking.connect(role === 'peer' ? name : 'caller')
    this.#connections.push(nats)
    return natsTransport({ ...self, nats })
  }

  /** In the order of the callers: two that live in hosts, two that have come from outside. */
  async clients(): Promise<Client[]> {
    const seams = { clock: realClock, random: this.#random }
    for (const host of this.#hosts.slice(1))
      this.#clients.push(
        createClient({ link: host.link, addresses: (group) => host.addresses(group), ...seams }),
      )
    const { addresses } = this
    for (const name of ['caller', 'caller too']) {
      const transport = await this.#transport(name, 'client', '')
      this.#clients.push(await openClient({ transport, cluster: CLUSTER, name, addresses, ...seams }))
    }
    return this.#clients
  }

  get addresses(): string[] {
    return this.#hosts.map(({ address }) => address)
  }

  get hosts(): readonly Host[] {
    return this.#hosts
  }

  async #found(name: string, at: number): Promise<void> {
    const join = this.addresses
    for (const [i, host] of this.#hosts.entries())
      if (i !== at) await host.group(name, { machine: tally, join })
    await this.#hosts[at]!.createGroup(name, { machine: tally, join, settings })
    await until(
      () => this.#hosts[at]!.status(name)?.configuration?.configuration.voters.length === HOSTS.length,
    )
  }

  async #handOverTo(i: number): Promise<void> {
    const to = this.#hosts[i]!.status(HONEST)!.member
    const leading = this.#hosts.find((host) => host.status(HONEST)?.role === 'leader')
    if (leading !== undefined && leading !== this.#hosts[i]) await leading.transferLeadership(HONEST, to)
    await until(() => this.#hosts[i]!.leadership(HONEST).token !== null)
  }

  /** Another group takes the place of the one that was given up before. */
  async sacrifice(): Promise<void> {
    const name = `sacrificed ${this.sacrifices}`
    const at = this.sacrifices++ % HOSTS.length
    const join = this.addresses
    for (const [i, host] of this.#hosts.entries())
      if (i !== at) await host.group(name, { machine: tally, join })
    await this.#hosts[at]!.createGroup(name, { machine: tally, join, unreachable: 'checked', settings })
    this.#sacrificed = name
    this.knowledge()
  }

  /** Whether no member of it takes part in anything any more. */
  get isSacrificeOver(): boolean {
    const name = this.#sacrificed
    return name !== null && this.#hosts.every((host) => (host.inspect(name)?.ended ?? null) !== null)
  }

  knowledge(): Knowledge {
    const honest = this.#known(HONEST)!
    const sacrificed = this.#sacrificed === null ? null : this.#known(this.#sacrificed)
    for (const host of this.#hosts)
      for (const name of host.groups()) {
        const member = host.inspect(name)
        if (member !== null) this.#reached.watch(member)
      }
    return { addresses: this.addresses, honest, sacrificed, waiting: WAITING }
  }

  #known(name: string): KnownGroup | null {
    const statuses = this.#hosts.map((host) => host.status(name))
    const leading =
      statuses.find((status) => status?.role === 'leader') ?? statuses.find((status) => status !== null)
    if (leading === undefined || leading === null) return null
    const { incarnation, term, lastIndex, leaderAddress } = leading
    return {
      name,
      incarnation,
      members: statuses.flatMap((status) => (status === null ? [] : [status.member])),
      leader: leaderAddress ?? this.addresses[0]!,
      // One that has just been begun has none yet.
      term: Math.max(1, term),
      lastIndex,
      configurationIndex: leading.configuration?.index ?? 1,
    }
  }

  /** The groups that may be on a host. */
  isExpected(group: string): boolean {
    return group === HONEST || group === WAITING || group.startsWith('sacrificed ')
  }

  /** Groups of which each host's storage holds something. */
  storedGroups(): Promise<string[][]> {
    return Promise.all(this.#storages.map(async ({ logs }) => [...(await logs.groups())]))
  }

  async close(): Promise<void> {
    await Promise.all(this.#clients.map((client) => client.close()))
    await Promise.all(this.#hosts.map((host) => host.close({ transfer: false })))
    await Promise.all(this.#connections.map((connection) => connection.close()))
  }
}
