/** What a member tells of itself while it runs: how it stands, whether it leads, who is slow, how many elections there were. */
import type { FencingToken } from '@rafted/contracts'
import type { Core, Position, Standing } from '@rafted/core'
import type { DamageStatus, MemberStatus, PlacedSettings } from '@rafted/wire'
import type { HostContext } from './context.ts'
import { LogAges, type LogPlace } from './log-ages.ts'
import type { ReplicatedState } from './replicated-state.ts'
import { SlowPeers } from './slow-peers.ts'
import type { KeptSnapshot } from './snapshot-taking.ts'
import { type Identity, statusOf, tellStanding } from './status.ts'

export interface MemberWatchOptions {
  readonly host: HostContext
  readonly group: string
  readonly id: string
  readonly core: Core
  /** Those in effect. */
  readonly settings: PlacedSettings
}

export class MemberWatch {
  readonly #options: MemberWatchOptions
  /** While it leads. */
  #slowPeers: SlowPeers | null = null
  #ages: LogAges
  #token: FencingToken | null = null
  #campaigns = 0
  #won = 0
  #leaders = 0

  /** @param base where its log begins. */
  constructor(options: MemberWatchOptions, base: LogPlace) {
    this.#options = options
    this.#ages = new LogAges(base, options.host.now())
  }

  /** What it leads with, null unless it leads. */
  get token(): FencingToken | null {
    return this.#token
  }

  /** How the member stands now. @param snapshot its newest. @param damage what is wrong with its log. */
  status(
    member: Identity,
    state: ReplicatedState,
    snapshot: KeptSnapshot | null,
    damage: DamageStatus | null,
  ): MemberStatus {
    const { host, core, settings } = this.#options
    const elections = { campaigns: this.#campaigns, won: this.#won, leaders: this.#leaders }
    return statusOf(
      member,
      host,
      { core, settings, state, snapshot, ages: this.#ages, elections, damage },
      host.now(),
    )
  }

  /** It stands differently than before. */
  onStanding(standing: Standing, before: Standing | null): void {
    const { role, term, leader } = standing
    if (this.#token !== null && (role !== 'leader' || term !== this.#token.term)) this.#lost()
    if (role !== 'leader') this.#stopWatching()
    tellStanding(this.#options.group, standing, before, this.#options.host.event)
    const campaigns = role === 'candidate' || role === 'leader'
    const didBefore = before !== null && (before.role === 'candidate' || before.role === 'leader')
    if (campaigns && !(didBefore && before.term === term)) this.#campaigns++
    if (role === 'leader' && !(before?.role === 'leader' && before.term === term)) this.#won++
    if (leader !== null && !(before?.leader === leader && before.term === term)) this.#leaders++
  }

  /** The log begins anew, after a snapshot of the leader. */
  installed(base: LogPlace): void {
    this.#ages = new LogAges(base, this.#options.host.now())
  }

  /** Something has been applied. */
  applied({ applied, time }: ReplicatedState): void {
    this.#ages.applied(applied.index, time, this.#options.host.now())
  }

  /** A turn is done: all up to `applied` is. @returns whether it leads since now, with a value as new as any answer. */
  settled(applied: Position): boolean {
    const { core, host, group, id, settings } = this.#options
    const { role, term } = core.standing
    if (role !== 'leader') return false
    const led = this.#token !== null
    const begins = led ? null : core.termBegins
    if (begins !== null && begins.term === term && applied.index >= begins.index) {
      this.#token = begins
      host.event({ kind: 'leadership-gained', level: 'info', group, member: id, token: begins })
    }
    this.#slowPeers ??= new SlowPeers(group, host.event)
    this.#slowPeers.check(core, settings, host.now())
    return !led && this.#token !== null
  }

  /** The member takes part no more. */
  ended(): void {
    if (this.#token !== null) this.#lost()
    this.#stopWatching()
  }

  /** Nothing happens in the group. */
  restLightly(): void {
    if (this.#slowPeers?.isAnySlow === false) this.#slowPeers = null
    this.#ages.restLightly()
  }

  #stopWatching(): void {
    this.#slowPeers?.stop()
    this.#slowPeers = null
  }

  #lost(): void {
    const { host, group, id } = this.#options
    const token = this.#token!
    this.#token = null
    host.event({ kind: 'leadership-lost', level: 'info', group, member: id, token })
  }
}
