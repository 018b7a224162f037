/** All members of one group, each asked itself, while somebody looks at the group. */
import { type Clock, isRaftedError } from '@rafted/contracts'
import type { MemberStatus } from '@rafted/wire'
import type { Settings } from './options.ts'
import { membersOf } from './rows.ts'
import type { DashboardClient, DashboardHost } from './sources.ts'

/** What a member counts for, as the newest configuration that was found has it. `former`: it is in none. */
export type MemberPlace = 'voter' | 'learner' | 'leaving' | 'former'

/** A member, and what its host has answered. */
export interface MemberView {
  readonly id: string
  readonly host: string
  readonly address: string
  readonly place: MemberPlace
  readonly status: MemberStatus | null
  /** The code of what stood in the way of an answer, or null. */
  readonly error: string | null
  /** How long the answer took, milliseconds; null for the host that the dashboard is on, and where none came. */
  readonly answerMs: number | null
}

/** A group, as its members tell of it. */
export interface GroupMembers {
  /** Null where nobody says anything of it. */
  readonly incarnation: string | null
  /** Index of the configuration. */
  readonly configurationIndex: number | null
  readonly isJoint: boolean
  readonly members: readonly MemberView[]
  /** Why no member could be asked, or null. */
  readonly problem: string | null
}

/** Members of a group that are asked at most. */
const MOST_MEMBERS = 16
/** Groups that are asked about at a time; those that nobody has looked at for long are forgotten. */
const MOST_DETAILS = 64
/** So long a host is given. */
const ASK_MS = 1500
/** So long whoever looks waits for it: one that is silent holds up nobody. */
const WAIT_MS = 300
/** Whoever comes sooner than this part of the time between two looks is told the same. */
const FRESH_PART = 0.8

interface Found {
  readonly address: string | null
  readonly status: MemberStatus | null
  readonly error: string | null
  readonly answerMs: number | null
}

/** What a host has answered last, and whether it is being asked anew. */
interface AskedHost {
  last: Found | null
  asking: Promise<void> | null
}

class AskedGroup {
  at = Number.NEGATIVE_INFINITY
  looking: Promise<GroupMembers> | null = null
  last: GroupMembers | null = null
  /** By address. */
  hosts = new Map<string, AskedHost>()
}

export class GroupDetails {
  readonly #host: DashboardHost
  readonly #client: DashboardClient
  readonly #clock: Pick<Clock, 'now' | 'after'>
  readonly #freshMs: number
  readonly #groups = new Map<string, AskedGroup>()

  constructor(
    host: DashboardHost,
    { client, clock, everyMs }: Pick<Settings, 'client' | 'clock' | 'everyMs'>,
  ) {
    this.#host = host
    this.#client = client
    this.#clock = clock
    this.#freshMs = everyMs * FRESH_PART
  }

  /** Never rejects. Whoever asks for the same meanwhile, or just after, gets the same. */
  async look(name: string): Promise<GroupMembers> {
    const group = this.#groups.get(name) ?? new AskedGroup()
    // Put last: what was looked at least recently is forgotten first.
    this.#groups.delete(name)
    this.#groups.set(name, group)
    if (this.#groups.size > MOST_DETAILS) this.#groups.delete(this.#groups.keys().next().value!)
    if (group.last !== null && this.#clock.now() - group.at < this.#freshMs) return group.last
    group.looking ??= this.#look(name, group).finally(() => {
      group.looking = null
    })
    group.last = await group.looking
    group.at = this.#clock.now()
    return group.last
  }

  async #look(name: string, group: AskedGroup): Promise<GroupMembers> {
    const ownFound = await this.#own(name)
    const own = ownFound.status
    const before = [...group.hosts].filter(([, { last }]) => last?.status != null).map(([address]) => address)
    const addresses = new Set(before)
    let problem: string | null = null
    if (own === null && addresses.size === 0)
      try {
        for (const address of await this.#located(name)) addresses.add(address)
      } catch (error) {
        problem = codeOf(error)
      }
    const hosts = new Map<string, AskedHost>()
    const found = (): Found[] => [...hosts].map(([address, { last }]) => last ?? silent(address))
    // Who answers may know of members that nobody has named yet.
    for (let round = 0; round < 3; round++) {
      for (const { status } of [ownFound, ...found()])
        for (const { address, host } of status === null ? [] : membersOf(status))
          if (host !== own?.host) addresses.add(address)
      const open = [...addresses].slice(0, MOST_MEMBERS).filter((address) => !hosts.has(address))
      if (open.length === 0) break
      for (const address of open) hosts.set(address, group.hosts.get(address) ?? { last: null, asking: null })
      await this.#askAll(name, hosts, open)
    }
    group.hosts = hosts
    return membersView(own === null ? found() : [ownFound, ...found()], problem)
  }

  /** Those that don't answer at once are told as they were before. */
  async #askAll(
    name: string,
    hosts: ReadonlyMap<string, AskedHost>,
    addresses: readonly string[],
  ): Promise<void> {
    const asking = addresses.map((address) => {
      const host = hosts.get(address)!
      host.asking ??= this.#ask(name, address).then((found) => {
        host.last = found
        host.asking = null
      })
      return host.asking
    })
    await this.#within(Promise.all(asking))
  }

  async #within(all: Promise<unknown>): Promise<void> {
    await new Promise<void>((resolve) => {
      const cancel = this.#clock.after(WAIT_MS, resolve)
      void all.then(() => {
        cancel()
        resolve()
      })
    })
  }

  /** Where that is asked of somebody else, as of the thread of a host, it takes a time as well. */
  async #own(name: string): Promise<Found> {
    const began = this.#clock.now()
    const found = (status: MemberStatus | null, answerMs: number | null): Found => ({
      address: null,
      status,
      error: null,
      answerMs,
    })
    try {
      const told = this.#host.status(name)
      if (told === null || !('then' in told)) return found(told, null)
      return found(await told, this.#clock.now() - began)
    } catch {
      return found(null, null)
    }
  }

  async #located(name: string): Promise<readonly string[]> {
    const { leader, members } = await this.#client.locate(name, { timeoutMs: ASK_MS })
    return leader === null ? members : [leader, ...members]
  }

  async #ask(name: string, address: string): Promise<Found> {
    const began = this.#clock.now()
    try {
      const status = await this.#client.status(name, { at: address, timeoutMs: ASK_MS })
      return { address, status, error: null, answerMs: this.#clock.now() - began }
    } catch (error) {
      return { address, status: null, error: codeOf(error), answerMs: null }
    }
  }
}

function silent(address: string): Found {
  return { address, status: null, error: 'timeout', answerMs: null }
}

function membersView(found: readonly Found[], problem: string | null): GroupMembers {
  const newest = found
    .map(({ status }) => status)
    .filter((status) => status !== null)
    .sort((a, b) => b.term - a.term || indexOf(b) - indexOf(a) || b.commitIndex - a.commitIndex)[0]
  if (newest === undefined)
    return { incarnation: null, configurationIndex: null, isJoint: false, members: [], problem }
  const configuration = newest.configuration?.configuration
  const placeOf = (id: string): MemberPlace => {
    if (configuration?.voters.some((one) => one.id === id)) return 'voter'
    if (configuration?.learners.some((one) => one.id === id)) return 'learner'
    return 'leaving'
  }
  const members = membersOf(newest).map(({ id, host, address }): MemberView => {
    const answered = found.find(({ status }) => status?.member === id)
    const silent = found.find((one) => one.address === address)
    const { status = null, answerMs = null } = answered ?? {}
    const error = answered === undefined ? (silent?.error ?? 'no-such-member') : null
    return { id, host, address, place: placeOf(id), status, answerMs, error }
  })
  // Those who take themselves for members, or have not heard yet that they are none.
  for (const { status, address, answerMs } of found) {
    if (status === null || members.some(({ id }) => id === status.member)) continue
    const { member: id, host } = status
    members.push({ id, host, address: address ?? '', place: 'former', status, answerMs, error: null })
  }
  return {
    incarnation: newest.incarnation,
    configurationIndex: newest.configuration?.index ?? null,
    isJoint: configuration?.outgoing != null,
    members,
    problem: null,
  }
}

function indexOf(status: MemberStatus): number {
  return status.configuration?.index ?? 0
}

/** Where the time is over, what stood in the way until then says more. */
function codeOf(error: unknown): string {
  if (!isRaftedError(error)) return 'failed'
  const { last } = error.details
  return error.code === 'timeout' && typeof last === 'string' ? last : error.code
}
