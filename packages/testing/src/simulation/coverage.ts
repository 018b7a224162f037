/** Which faults have hit what, and when: kind × role of the member hit × what its group was doing. A fault that hit nothing is none. */

/** The member's part in its group when it was hit. Candidates are those that ask for pre-votes as well. */
export const roles = ['leader', 'follower', 'candidate', 'learner'] as const
/** One of `roles`. */
export type HitRole = (typeof roles)[number]

/**
 * What the group was doing: `election` while nobody leads the newest term, `change` while members are being added, promoted or removed,
 * `snapshot` while one is being saved or sent, else `steady`. The last that is true counts.
 */
export const phases = ['steady', 'election', 'change', 'snapshot'] as const
/** One of `phases`. */
export type Phase = (typeof phases)[number]

interface Kind {
  /** What counts as a hit. */
  readonly hit: string
  /** It lasts, and may hit often: it counts as one fault. */
  readonly lasts?: true
  /** It is the group's own doing or its answer to a fault, and counts as none. */
  readonly own?: true
  /** Why the member hit can't have had this role. */
  readonly only?: { readonly roles: readonly HitRole[]; readonly reason: string }
  /** Phases in which it can't hit, and why. */
  readonly never?: { readonly phases: readonly Phase[]; readonly reason: string }
}

const byLeaderOnly = { roles: ['leader'], reason: 'only a leader answers commands' } as const
const ofOthersOnly = {
  roles: ['follower', 'candidate', 'learner'],
  reason: 'a leader that leaves is another kind',
} as const
const ofAppliersOnly = {
  roles: ['leader', 'follower', 'learner'],
  reason: 'a candidate hears of nothing that it could apply',
} as const
const ofVotersOnly = {
  roles: ['leader', 'follower', 'candidate'],
  reason: 'a learner does not vote',
} as const
const ofLeaderOnly = { roles: ['leader'], reason: 'it is the leader that is hit' } as const

/** Every kind of fault, with what counts as a hit of it. */
export const faultKinds = {
  loss: { hit: 'a batch did not arrive', lasts: true },
  duplication: { hit: 'a batch arrived twice', lasts: true },
  reordering: { hit: 'a batch arrived after one that was sent later', lasts: true },
  delay: { hit: 'a batch took longer than a heartbeat', lasts: true },
  partition: { hit: 'a batch did not cross from one part of the hosts to the other', lasts: true },
  'one-way partition': { hit: 'a batch did not cross, others came back', lasts: true },
  'partial partition': {
    hit: 'a batch did not get from one host to another, both of which reach a third',
    lasts: true,
  },
  'flapping link': { hit: 'a batch was lost on a link that comes and goes', lasts: true },
  'clogged link': { hit: 'a batch was held up, and came with all that followed it', lasts: true },
  'corrupted batch': { hit: 'a batch arrived in part or changed, and was refused', lasts: true },
  'false hint': { hit: 'a host that runs was said to be lost' },
  kill: { hit: 'the process ended' },
  'kill in a write': { hit: 'the process ended while a write was under way' },
  'power cut': { hit: 'the machine lost its power' },
  'unsynced data lost': { hit: 'a power cut took a write that was not flushed' },
  'torn write': { hit: 'a power cut left some sectors of a write' },
  'reordered writes': { hit: 'a power cut left a write and took an earlier one' },
  'directory entry lost': { hit: 'a power cut undid the creation, renaming or removal of a file' },
  'failed flush': { hit: 'a flush failed' },
  'failed write': { hit: 'a write failed, after a part of it' },
  'slow flush': { hit: 'a flush took longer than a heartbeat', lasts: true },
  'stalled disk': { hit: 'a write or flush of the log took from seconds to minutes' },
  'full disk': { hit: 'a write did not fit' },
  'bit rot': { hit: 'bits had turned in what a host found at its start' },
  'unreadable entries': { hit: 'a member began with entries that it could not read', own: true },
  'lost entries': {
    hit: 'a member began without entries that it had had, and no longer knew which',
    own: true,
  },
  pause: { hit: 'a process stood still, from less than an election timeout to minutes' },
  'late turns': { hit: 'a process did what it had to do later than it was due', lasts: true },
  suspend: { hit: 'a machine slept, and its monotonic clock with it' },
  'clock jump': { hit: 'a monotonic clock had counted a sleep of seconds to minutes' },
  'wall clock set': { hit: 'a wall clock was set to hours earlier or later' },
  'clock drift': { hit: 'a clock began to run at another rate' },
  'member leaves': {
    hit: 'a member asked to be removed; its host comes back as another',
    only: ofOthersOnly,
  },
  'leader removed': { hit: 'a leader asked to be removed', only: ofLeaderOnly },
  'member promoted': {
    hit: 'a learner was to be a voter',
    only: { roles: ['learner'], reason: 'who votes already is not promoted' },
  },
  'member demoted': { hit: 'a voter was to be a learner', only: ofVotersOnly },
  'member replaced': {
    hit: 'a learner was to take the place of a voter; its host comes back as another',
    only: ofVotersOnly,
  },
  'members changed': {
    hit: 'a leader was given all members at once, by what somebody had taken them for',
    only: ofLeaderOnly,
  },
  'leadership transfer': { hit: 'a leader was asked to hand over', only: ofLeaderOnly },
  'wiped host': { hit: 'a host came back with an empty disk' },
  'host moved': { hit: 'a host came back at another address' },
  'leadership change': {
    hit: 'another member began to lead',
    own: true,
    only: ofLeaderOnly,
    never: { phases: ['election'], reason: 'it is over when one leads' },
  },
  snapshot: { hit: 'a snapshot was taken, sent or installed', own: true },
  'request lost': { hit: "a client's request did not arrive, and was sent again", lasts: true },
  'answer lost': { hit: 'an answer did not reach its client, which asked again', lasts: true },
  'request repeated': { hit: "a client's request arrived twice", lasts: true },
  'client killed': { hit: 'a client ended while it waited for an answer' },
  'session expired': {
    hit: 'a client learned that its session had expired',
    only: byLeaderOnly,
    never: { phases: ['election'], reason: 'that takes a commit' },
  },
  'failing command': { hit: 'a command threw', own: true, only: ofAppliersOnly },
  'settings change': { hit: 'a leader was asked to change settings of its group', only: ofLeaderOnly },
  'code replaced': { hit: 'a host was started again with newer or older code of the machine' },
  'lease in doubt': {
    hit: 'the clocks of a host came apart while a lease was held in its group',
    only: { roles: ['leader', 'follower'], reason: 'nobody else has a part in leases' },
    never: { phases: ['election'], reason: 'while a lease is held, one leads' },
  },
} as const satisfies Readonly<Record<string, Kind>>

/** One of the names of `faultKinds`. */
export type FaultKind = keyof typeof faultKinds

const kinds: Readonly<Record<string, Kind>> = faultKinds
const names = Object.keys(faultKinds) as FaultKind[]
const numberOf = new Map(names.map((name, i) => [name, i]))
const CELLS = roles.length * phases.length

/** Why faults of this kind can't hit there, or null. */
export function cannotHit(kind: FaultKind, role: HitRole, phase: Phase): string | null {
  const { only, never } = kinds[kind]!
  if (only !== undefined && !only.roles.includes(role)) return only.reason
  return never?.phases.includes(phase) ? never.reason : null
}

/** How often each kind has hit each role in each phase. Those of several runs can be added. */
export class Coverage {
  readonly #hits: Uint32Array
  readonly #begun = new Set<FaultKind>()
  /** Faults that have hit: of those that last, each spell of them once. */
  faults = 0

  /** @param hits as `hits` of another gives them. */
  constructor(hits?: readonly number[]) {
    this.#hits = Uint32Array.from(hits ?? { length: names.length * CELLS }, (count) => count ?? 0)
  }

  /** All counts, kind by kind, and of each kind role by role. */
  get hits(): readonly number[] {
    return [...this.#hits]
  }

  /** A spell of faults begins: the first hit of it counts as a fault. */
  begins(kind: FaultKind): void {
    this.#begun.add(kind)
  }

  /** A fault has hit a member of this role while its group was in this phase. */
  hit(kind: FaultKind, role: HitRole, phase: Phase): void {
    this.#hits[cellOf(kind, role, phase)]!++
  }

  /** A fault has hit, whomever. */
  count(kind: FaultKind): void {
    const { lasts, own } = kinds[kind]!
    if (own || (lasts && !this.#begun.delete(kind))) return
    this.faults++
  }

  /** Adds the counts of another run. `faults` stays what it was. */
  add(other: { readonly hits: readonly number[] }): void {
    for (const [i, count] of other.hits.entries()) this.#hits[i]! += count
  }

  /** How often faults of this kind have hit there. */
  hitsOf(kind: FaultKind, role: HitRole, phase: Phase): number {
    return this.#hits[cellOf(kind, role, phase)]!
  }

  /** Cells that could have been hit and were not. */
  get empty(): readonly string[] {
    const empty: string[] = []
    for (const kind of names)
      for (const role of roles)
        for (const phase of phases)
          if (this.hitsOf(kind, role, phase) === 0 && cannotHit(kind, role, phase) === null)
            empty.push(`${kind}, ${role}, ${phase}`)
    return empty
  }

  /** The table for people: a row for each kind and role, and why cells are empty that have to be. */
  get text(): string {
    const lines = [
      `${'fault'.padEnd(21)} ${'hits'.padEnd(10)}${phases.map((name) => name.padStart(10)).join('')}`,
    ]
    for (const kind of names) lines.push(...this.#rowsOf(kind))
    return lines.join('\n')
  }

  #rowsOf(kind: FaultKind): string[] {
    const reasons = new Set<string>()
    const rows: string[] = []
    for (const role of roles) {
      const cells = phases.map((phase) => {
        const count = this.hitsOf(kind, role, phase)
        const reason = cannotHit(kind, role, phase)
        if (reason !== null) reasons.add(reason)
        return count === 0 && reason !== null ? '·' : String(count)
      })
      if (cells.every((cell) => cell === '·')) continue
      const name = rows.length === 0 ? kind : ''
      rows.push(`${name.padEnd(21)} ${role.padEnd(10)}${cells.map((cell) => cell.padStart(10)).join('')}`)
    }
    if (reasons.size > 0) rows[0] += `   ${[...reasons].join('; ')}`
    return rows
  }
}

function cellOf(kind: FaultKind, role: HitRole, phase: Phase): number {
  return numberOf.get(kind)! * CELLS + roles.indexOf(role) * phases.length + phases.indexOf(phase)
}
