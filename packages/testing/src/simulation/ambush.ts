/** Trouble for moments that chance alone hardly ever meets. A run lies in wait for one sort of them, or two. */
import type { Cluster, SimulatedGroup } from './cluster.ts'
import { type HitRole, type Phase, roles } from './coverage.ts'
import type { HostDisk } from './host-disk.ts'
import type { ProfileName } from './profiles.ts'
import { SeededRandom } from './seeded-random.ts'

type SurprisingAct =
  | 'cut-power'
  | 'tear-write'
  | 'fail-write'
  | 'fail-flush'
  | 'fill-disk'
  | 'stall-disk'
  | 'slow-disk'
  | 'wipe'
  | 'move'
  | 'replace'
  | 'demote'
  | 'hand-over'
  | 'suspend'
  | 'clock-jump'
  | 'drift'
  | 'false-hint'
  | 'clog'
  | 'partial'
  | 'hold-up'
  | 'kill-client'
  | 'lose-entries'
  | 'rot'

/** What is to be done to a host now. */
export interface Surprise {
  readonly id: string
  readonly act: SurprisingAct
  /** The host that is not to be reached. */
  readonly from?: string
  /** Whose member it is about, where it is not all of the host. */
  readonly group?: SimulatedGroup
  /** The host is to come back when the group does this. */
  readonly during?: { readonly group: SimulatedGroup; readonly phase: Phase }
}

/** A host is done the same thing to so often at most, and not again for so long, milliseconds. */
const TIMES = 5
const PAUSE_MS = 9000
/**
 * What chance brings about in a few of ten thousand runs: what is done to whom, while the group does what. Those that are the rarest stand here more than
 * once.
 */
const RAREST: readonly (readonly [act: SurprisingAct, role: HitRole, phase: Phase])[] = [
  ['suspend', 'candidate', 'change'],
  ['suspend', 'candidate', 'change'],
  ['clock-jump', 'candidate', 'change'],
  ['drift', 'candidate', 'change'],
  ['false-hint', 'candidate', 'change'],
  ['fail-flush', 'candidate', 'change'],
  ['fail-flush', 'candidate', 'steady'],
  ['fill-disk', 'candidate', 'change'],
  ['stall-disk', 'candidate', 'change'],
  ['move', 'candidate', 'change'],
  ['hold-up', 'candidate', 'change'],
  ['kill-client', 'candidate', 'change'],
  ['rot', 'candidate', 'change'],
  ['rot', 'candidate', 'change'],
  ['rot', 'leader', 'change'],
  ['rot', 'leader', 'change'],
  ['wipe', 'leader', 'change'],
  ['wipe', 'leader', 'change'],
  ['wipe', 'candidate', 'snapshot'],
  ['move', 'leader', 'change'],
  ['replace', 'leader', 'election'],
  ['replace', 'leader', 'election'],
  ['replace', 'follower', 'election'],
  ['replace', 'follower', 'election'],
  ['replace', 'candidate', 'election'],
  ['replace', 'candidate', 'change'],
  ['replace', 'candidate', 'steady'],
  ['replace', 'candidate', 'steady'],
  ['replace', 'candidate', 'snapshot'],
  ['demote', 'candidate', 'election'],
]

/** When damaged logs are found: hardly ever while members change, and in elections without anybody's help. */
const RARE: readonly Phase[] = ['change', 'change', 'snapshot', 'steady']

/** What there is to do now, the most wanted first. */
type Trap = (cluster: Cluster) => readonly Surprise[]

export class Ambush {
  readonly #trap: Trap
  readonly #done = new Map<string, { readonly times: number; readonly at: number }>()

  /** @param seed of the run: what is drawn here changes nothing else of it. */
  constructor(seed: number, profile: ProfileName) {
    const random = new SeededRandom(~seed)
    // Little other trouble, so that members can be cornered.
    const isCalm = profile === 'corners'
    // Candidates whose group is led already are the rarest of all.
    const phase = random.pick(['steady', 'change', 'change', 'change'] as const)
    const cut = random.chance(0.5) ? reordering : torn
    const kind = random.below(10)
    if (profile === 'moments') this.#trap = both(met(...random.pick(RAREST)), met(...random.pick(RAREST)))
    else if (isCalm && kind < 7) this.#trap = cornered(cut, phase)
    else if (isCalm) this.#trap = cornered({ act: 'fail-write', isLoaded: () => true }, phase)
    else if (kind < 4) this.#trap = lateNews
    else if (kind < 7) this.#trap = (cluster) => as('wipe', membersIn(cluster, 'candidate', phase))
    else this.#trap = powerCut(cut, random.pick(roles), phase)
    // Few logs can be damaged so much, and fewer where something else is under way: many of these runs look out for one.
    if (isCalm && random.chance(0.6))
      this.#trap = both(this.#trap, damage(random.pick(roles), random.pick(RARE)))
  }

  /** @returns what is to be done now, if the moment has come. @param mayDamage while members are being changed, no log is. */
  look(cluster: Cluster, now: number, mayDamage: boolean): Surprise | null {
    for (const surprise of this.#trap(cluster)) {
      if (surprise.during !== undefined && !mayDamage) continue
      const key = `${surprise.act} ${surprise.id}`
      const { times, at } = this.#done.get(key) ?? never
      if (times === TIMES || now < at + PAUSE_MS) continue
      this.#done.set(key, { times: times + 1, at: now })
      return surprise
    }
    return null
  }
}

const never = { times: 0, at: Number.NEGATIVE_INFINITY }

/** What is done to a host once there is something on its disk to do it to. */
interface Loaded {
  readonly act: SurprisingAct
  isLoaded(disk: HostDisk): boolean
}

const torn: Loaded = { act: 'tear-write', isLoaded: ({ unsynced }) => unsynced.tearable > 0 }
/** The power goes, which may take a write and leave a later one. */
const reordering: Loaded = { act: 'cut-power', isLoaded: ({ unsynced }) => unsynced.writes >= 2 }

/** The power of members in this part is cut, once there is something to be lost. Their disks are made slow for that. */
function powerCut(cut: Loaded, role: HitRole, phase: Phase): Trap {
  return (cluster) => {
    const found = membersIn(cluster, role, phase)
    return [...loaded(cluster, found, cut), ...as('slow-disk', found)]
  }
}

/**
 * The same, of candidates. A candidate has little to write itself. So a follower is kept from its leader that hears the leader of another group, which goes on
 * writing to the same disk. And for a change to last, who is to become a voter is kept from the leader as well.
 */
function cornered(harm: Loaded, phase: Phase): Trap {
  return (cluster) => {
    const found = membersIn(cluster, 'candidate', phase)
    return [...loaded(cluster, found, harm), ...as('slow-disk', found), ...apart(cluster, phase)]
  }
}

/** Whoever is met in this part, while its group does this. */
function met(act: SurprisingAct, role: HitRole, phase: Phase): Trap {
  const special =
    act === 'rot'
      ? damage(role, phase, act)
      : act === 'replace' || act === 'demote'
        ? asked(act, role, phase)
        : null
  return (cluster) => {
    const found = special?.(cluster) ?? as(act, membersIn(cluster, role, phase))
    return role === 'candidate' && phase !== 'election' ? [...found, ...apart(cluster, phase)] : found
  }
}

/**
 * Voters in this part, of whom somebody asks a leader something that it can answer. During an election that is one who doesn't know yet that its term is
 * over, as there is for a moment after it has handed over.
 */
function asked(act: 'replace' | 'demote', role: HitRole, phase: Phase): Trap {
  return (cluster) =>
    cluster.groups.flatMap((group): readonly Surprise[] => {
      const [leader] = hostsOf(cluster, group, 'leader')
      if (leader === undefined || (act === 'replace' && hostsOf(cluster, group, 'learner').length === 0))
        return []
      const now = cluster.phaseOf(group)
      if (now === phase) return hostsOf(cluster, group, role).map((id) => ({ id, act, group }))
      return phase === 'election' && now === 'steady' ? [{ id: leader, act: 'hand-over', group }] : []
    })
}

function apart(cluster: Cluster, phase: Phase): readonly Surprise[] {
  return cluster.groups.flatMap((group) => {
    if (cluster.phaseOf(group) !== phase) return []
    const [from] = hostsOf(cluster, group, 'leader')
    if (from === undefined) return []
    const led = hostsOf(cluster, group, 'follower').filter((id) =>
      cluster.groups.some((other) => hearsAnother(cluster, id, other, from)),
    )
    const learning = led.length > 0 && phase === 'change' ? hostsOf(cluster, group, 'learner') : []
    return [...led, ...learning].map((id) => ({ id, act: 'partial', from }) as const)
  })
}

/** Whether it hears a leader of this group that is not on that host. */
function hearsAnother(cluster: Cluster, id: string, group: SimulatedGroup, than: string): boolean {
  const role = cluster.roleOf(id, group)
  if (role === 'leader') return true
  const leaders = hostsOf(cluster, group, 'leader')
  return role !== null && leaders.length > 0 && !leaders.includes(than)
}

/** The log of a member in this part loses entries, or some of them can't be read, and it comes back while its group does what it did, or does it again. */
function damage(role: HitRole, phase: Phase, act: 'lose-entries' | 'rot' = 'lose-entries'): Trap {
  return (cluster) =>
    cluster.groups.flatMap((group) => {
      // Somebody has to go on with what the group does.
      if (cluster.phaseOf(group) !== phase || hostsOf(cluster, group, 'follower').length < 2) return []
      const found = hostsOf(cluster, group, role).filter((id) => cluster.disks.get(id)!.segments > 1)
      // A learner that can become a voter does so at once.
      const learning = found.length > 0 && phase === 'change' ? hostsOf(cluster, group, 'learner') : []
      return [...as('clog', learning), ...found.map((id) => ({ id, act, during: { group, phase } }))]
    })
}

function both(one: Trap, other: Trap): Trap {
  return (cluster) => [...one(cluster), ...other(cluster)]
}

/** A new term has a candidate, and nobody hears of it while the old leader goes on. */
function lateNews(cluster: Cluster): readonly Surprise[] {
  const contested = cluster.groups.filter(
    (group) => hostsOf(cluster, group, 'leader').length > 0 && cluster.phaseOf(group) === 'election',
  )
  return contested.flatMap((group) => as('clog', hostsOf(cluster, group, 'candidate')))
}

function as(act: Surprise['act'], hosts: readonly string[]): readonly Surprise[] {
  return hosts.map((id) => ({ id, act }))
}

function loaded(cluster: Cluster, hosts: readonly string[], { act, isLoaded }: Loaded): readonly Surprise[] {
  return as(
    act,
    hosts.filter((id) => isLoaded(cluster.disks.get(id)!)),
  )
}

function membersIn(cluster: Cluster, role: HitRole, phase: Phase): readonly string[] {
  return cluster.groups.flatMap((group) => {
    const hosts = hostsOf(cluster, group, role)
    return hosts.length > 0 && cluster.phaseOf(group) === phase ? hosts : []
  })
}

function hostsOf(cluster: Cluster, group: SimulatedGroup, role: HitRole): readonly string[] {
  return cluster.up.filter((id) => cluster.roleOf(id, group) === role)
}
