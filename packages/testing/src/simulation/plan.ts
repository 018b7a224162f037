/** What a run consists of, drawn from its seed: hosts, groups, settings, clocks, and the mixture of troubles (swarm testing). */
import type { AnyDefinition } from '@rafted/contracts'
import type { GroupOptions } from '@rafted/host'
import type { Act, Profile } from './profiles.ts'
import type { SeededRandom } from './seeded-random.ts'
import type { Workload } from './workload.ts'

export interface PlannedGroup {
  readonly name: string
  /** Those that hold a member. The first founds it. */
  readonly hosts: readonly string[]
  /** Those of them that are learners for good. */
  readonly learners: ReadonlySet<string>
  readonly definition: AnyDefinition
  readonly workload: Workload<AnyDefinition>
  readonly users: number
  /** Whether each command is applied twice, and compared: for machines that nobody knows yet. */
  readonly isWatched: boolean
}

export interface Plan {
  readonly hosts: readonly string[]
  readonly groups: readonly PlannedGroup[]
  readonly settings: NonNullable<GroupOptions['settings']>
  /** Hosts that are always a little late. */
  readonly lateHosts: ReadonlySet<string>
  /** How fast a machine's clock runs, and how fast it may run later on. */
  clockRate(random: SeededRandom): number
  driftedRate(random: SeededRandom): number
  /** What may happen, each as often as it stands here. */
  readonly acts: readonly Act[]
  /** From one act to the next, at most, milliseconds. */
  readonly pauseMs: number
  /** How long all users of a group do nothing now and then, at most, milliseconds. 0: never. */
  readonly idleMs: number
}

export interface Use {
  readonly definition: AnyDefinition
  readonly isWatched: boolean
  workload(group: string, random: SeededRandom): Workload<AnyDefinition>
}

const HOSTS = ['a', 'b', 'c', 'd', 'e', 'f', 'g']
/** How often runs have so many hosts. */
const SIZES = [1, 2, 2, 3, 3, 3, 3, 3, 3, 3, 3, 4, 4, 5, 5, 5, 5, 6, 7] as const

/** By what part clocks run fast or slow at most where there are leases. */
const LEASED_DRIFT = 0.03

/** What two such clocks may differ about an election timeout, and what hosts don't notice of pauses. */
function marginOf(electionMs: number): number {
  return 100 + 2.1 * LEASED_DRIFT * electionMs
}

/** @param hosts how many, or null to draw it. */
export function planOf(random: SeededRandom, profile: Profile, use: Use, size: number | null): Plan {
  const hosts = HOSTS.slice(0, size ?? random.pick(SIZES))
  const drawn = random.chance(0.75) ? 1 : 2 + random.below(2)
  const groupCount = profile.groups ?? drawn
  const groups: PlannedGroup[] = []
  for (let i = 0; i < groupCount; i++) groups.push(groupOf(random, i, hosts, use, groupCount))
  const heartbeatMs = random.pick([200, 200, 200, 100, 400])
  const electionMs = heartbeatMs * random.pick([4, 5, 5, 8])
  const acts = profile.acts.filter(() => random.chance(profile.share))
  const drifting = random.chance(0.5)
  // Drawn apart from all others.
  const apart = random.fork()
  const leases = apart.chance(0.5)
  return {
    hosts,
    groups,
    // Small sizes, so that snapshots, evictions and several parts happen within a short run.
    settings: {
      heartbeatMs,
      electionMs,
      snapshotMinBytes: random.pick([1500, 4000, 12_000]),
      snapshotFactor: 2,
      tailBytes: 2000,
      // The smallest make a transfer of many windows, which breaks off in its midst.
      snapshotPartBytes: apart.pick([700, 700, 300, 100]),
      clockDriftMarginMs: leases ? marginOf(electionMs) : 0,
      ...(profile.isQuiet ? { quietAfterMs: apart.pick([100, 400, 1000]) } : {}),
    },
    lateHosts: new Set(hosts.filter(() => random.chance(0.05))),
    // Leases assume that clocks keep within their margin. All else has to do with any.
    clockRate: (chance) =>
      !drifting ? 1 : leases ? 1 + chance.between(-1, 1) * LEASED_DRIFT : chance.between(0.8, 1.25),
    driftedRate: (chance) => (leases ? 1 + chance.between(-1, 1) * LEASED_DRIFT : chance.between(0.7, 1.4)),
    acts: acts.length > 0 ? acts : profile.acts,
    pauseMs: random.pick(profile.pauseMs),
    idleMs: profile.isQuiet ? 4 * electionMs : 0,
  }
}

function groupOf(
  random: SeededRandom,
  i: number,
  all: readonly string[],
  use: Use,
  groupCount: number,
): PlannedGroup {
  const name = i === 0 ? 'group' : `group-${i + 1}`
  // Later groups begin at other hosts, and need not be on all of them.
  const turned = [...all.slice(i % all.length), ...all.slice(0, i % all.length)]
  const hosts = i === 0 ? turned : turned.slice(0, Math.min(turned.length, 1 + random.below(turned.length)))
  const learners = new Set(hosts.length >= 3 && random.chance(0.15) ? [hosts.at(-1)!] : [])
  const { definition, isWatched } = use
  const workload = use.workload(name, random)
  return { name, hosts, learners, definition, workload, users: groupCount === 1 ? 4 : 2, isWatched }
}
