/** What can be seen of a run by those who want to draw it: how members stand, and what they send each other. */
import {
  type ConfigurationEntry,
  type Core,
  type MemberId,
  type Message,
  memberOf,
  type Role,
} from '@rafted/core'
import { decodeBatch } from '@rafted/wire'
import type { Cluster } from './cluster.ts'
import { readMessage } from './reading.ts'
import type { VirtualTime } from './virtual-clock.ts'

/** How a member stands from now on. */
export interface MemberSight {
  readonly kind: 'member'
  /** Virtual milliseconds. */
  readonly at: number
  readonly group: string
  readonly host: string
  readonly member: MemberId
  readonly role: Role
  readonly term: number
  /** The host of the leader that it follows, as far as it knows. */
  readonly leader: string | null
  /** Its log begins after this index, and ends with the entry `last`. */
  readonly base: number
  readonly last: number
  /** Which term begins at which index behind `base`. */
  readonly runs: readonly (readonly [first: number, term: number])[]
  readonly commit: number
  readonly durable: number
  /** In effect, committed or not. */
  readonly configuration: ConfigurationEntry | null
  /** After so many milliseconds of its host's clock it acts by itself, if nothing happens; null: never. */
  readonly wakesInMs: number | null
}

/** The member of this host is there no more, or its process has ended. */
export interface GoneSight {
  readonly kind: 'gone'
  readonly at: number
  readonly group: string
  readonly host: string
}

/** A member has sent another something. */
export interface MessageSight {
  readonly kind: 'message'
  readonly at: number
  /** Hosts. Of which group it is, the members in `message` say. */
  readonly from: string
  readonly to: string
  readonly message: Message
  readonly text: string
  /** When it arrives, virtual milliseconds, if somebody is there then; null: it is lost. */
  readonly arrives: number | null
}

/** Something that is to be seen of a simulated run. */
export type SimulationSight = MemberSight | GoneSight | MessageSight

interface Seen {
  readonly core: Core
  readonly facts: string
}

/** Looks at every member after each step, and tells of those of which there is something new. */
export class Sights {
  readonly #cluster: Cluster
  readonly #time: VirtualTime
  readonly #watch: (sight: SimulationSight) => void
  readonly #seen = new Map<string, Seen>()

  constructor(cluster: Cluster, time: VirtualTime, watch: (sight: SimulationSight) => void) {
    this.#cluster = cluster
    this.#time = time
    this.#watch = watch
  }

  look(): void {
    for (const host of this.#cluster.hosts)
      for (const { name } of this.#cluster.groups) this.#lookAt(host, name)
  }

  #lookAt(host: string, group: string): void {
    const process = this.#cluster.process(host)
    const member = process?.host.inspect(group) ?? null
    const key = `${host} ${group}`
    const seen = this.#seen.get(key)
    const at = this.#time.now
    if (member === null || process === undefined || member.ended !== null) {
      if (seen !== undefined) this.#watch({ kind: 'gone', at, group, host })
      this.#seen.delete(key)
      return
    }
    const { core } = member
    const { role, term, leader } = core.standing
    const { lastIndex: last, baseIndex: base, commitIndex: commit, durableIndex: durable, wakeAt } = core
    const configuration = core.configuration
    const facts = [
      role,
      term,
      leader,
      base,
      last,
      core.termAt(last),
      commit,
      durable,
      configuration?.index,
      wakeAt,
    ].join()
    if (seen?.core === core && seen.facts === facts) return
    this.#seen.set(key, { core, facts })
    const leaderHost = memberOf(configuration?.configuration, leader ?? '')?.host ?? null
    const wakesInMs = wakeAt === Number.POSITIVE_INFINITY ? null : Math.max(0, wakeAt - process.clock.now())
    this.#watch({
      kind: 'member',
      at,
      group,
      host,
      member: member.id,
      role,
      term,
      leader: leaderHost,
      base,
      last,
      runs: runsOf(core),
      commit,
      durable,
      configuration,
      wakesInMs,
    })
  }
}

function runsOf(core: Core): [number, number][] {
  const runs: [number, number][] = []
  for (let index = core.baseIndex + 1; index <= core.lastIndex; index++) {
    const term = core.termAt(index)!
    if (runs.at(-1)?.[1] !== term) runs.push([index, term])
  }
  return runs
}

/** What members say in a batch, each for itself. */
export function messagesIn(batch: Uint8Array): { readonly message: Message; readonly text: string }[] {
  return decodeBatch(batch).items.flatMap((item) =>
    item.kind === 'member' ? [{ message: item.message, text: readMessage(item) }] : [],
  )
}
