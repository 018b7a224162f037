/**
 * What rises by itself once every member offers it: the version of the user's machine (`machine-versions.ts`), and the feature level (`feature-level.ts`).
 * Both are settings of the group, so each changes at one index on every member, and stands in snapshots. Each member's record in the configuration
 * says what its host offers, as a range; the leader has the newest raised that all of them offer.
 *
 * Why no member ever applies an entry by what it doesn't know: what is in force at an index follows from the entries before it alone, and a
 * member looks at that before it applies anything. One that doesn't know it stops there, alone, and goes on from there once it is started with code that does.
 * That this doesn't happen to members in order is what the records are for. The entry that raises follows the configuration that it was decided
 * by with nothing between them that offers less, and is void otherwise (`changeSettings`). What has been replaced by older code since then has
 * offered what it took back too late: its log holds the raise, or gets it.
 */
import type { RaftedEvent } from '@rafted/contracts'
import { type Configuration, type Core, EntryKind, type Member, membersOf } from '@rafted/core'
import {
  encodeSettingsPayload,
  type PlacedSettings,
  RISING_NAMES,
  type RisingSetting,
  WIRE_VERSIONS,
} from '@rafted/wire'
import type { ReplicatedState } from './replicated-state.ts'
import type { LogTail } from './tail.ts'
import { UnaskedEntry } from './unasked-entry.ts'

/** `[oldest, newest]` that somebody knows. */
export type Versions = readonly [oldest: number, newest: number]

const OFFER: Readonly<Record<RisingSetting, (member: Member) => Versions>> = {
  machineVersion: ({ machine }) => machine,
  featureLevel: ({ wire }) => wire,
}

export function knows([oldest, newest]: Versions, version: number): boolean {
  return oldest <= version && version <= newest
}

/** Whether each member, voting or not, offers it. */
export function isOfferedByAll(
  configuration: Configuration,
  setting: RisingSetting,
  version: number,
): boolean {
  return membersOf(configuration).every((member) => knows(OFFER[setting](member), version))
}

/** The newest that all members offer, or null if there is none. */
export function newestOfAll(configuration: Configuration, setting: RisingSetting): number | null {
  const newest = Math.min(...membersOf(configuration).map((member) => OFFER[setting](member)[1]))
  return isOfferedByAll(configuration, setting, newest) ? newest : null
}

export interface RaisingOptions {
  readonly setting: RisingSetting
  /** Those that the code here knows. */
  readonly versions: Versions
  readonly core: Core
  readonly tail: LogTail
}

/** A leader's asking for the newest of one of them that all offer. */
export class Raising {
  readonly #o: RaisingOptions
  /** The configuration that was looked at last, and what its members offer: it is a value, and mostly the same. */
  #looked: Configuration | null = null
  #newest: number | null = null
  readonly #entry: UnaskedEntry
  /** What was asked for last. */
  #asked = 0

  constructor(options: RaisingOptions) {
    this.#o = options
    this.#entry = new UnaskedEntry(options.core, options.tail, EntryKind.settings)
  }

  /** Called in every turn of a leader that has applied the first entry of its term: so it knows of all that others have raised. */
  ask({ settings, applied }: ReplicatedState, now: number): void {
    const { setting, versions } = this.#o
    const newest = this.#newestOffered()
    // Its own record may be of code that it was replaced by.
    if (
      newest === null ||
      newest <= settings[setting] ||
      newest > versions[1] ||
      this.#entry.isUnderWay(applied)
    )
      return
    const payload = encodeSettingsPayload({ ifSettingsAt: null, changes: [{ setting, value: newest }] })
    // If it can't be now, there is another turn.
    if (this.#entry.make(payload, now)) this.#asked = newest
  }

  /** Which one a member must know that is to be added, or whose code is to be recorded: the one in force, or the one asked for, if that comes to be. */
  required({ settings, applied }: ReplicatedState): number {
    return this.#entry.isUnderWay(applied) ? this.#asked : settings[this.#o.setting]
  }

  #newestOffered(): number | null {
    const configuration = this.#o.core.configuration?.configuration ?? null
    if (configuration !== this.#looked) {
      this.#looked = configuration
      this.#newest = configuration === null ? null : newestOfAll(configuration, this.#o.setting)
    }
    return this.#newest
  }
}

/** What is told where they have come into force. */
export function risen(
  group: string,
  before: Readonly<Record<RisingSetting, number>>,
  { machineVersion, featureLevel, index }: PlacedSettings,
): RaftedEvent[] {
  const about = { level: 'info', group, index } as const
  const events: RaftedEvent[] = []
  if (machineVersion !== before.machineVersion)
    events.push({ kind: 'machine-version', ...about, version: machineVersion })
  if (featureLevel !== before.featureLevel)
    events.push({ kind: 'feature-level', ...about, value: featureLevel })
  return events
}

/** All that rise, of one member. */
export class Risings {
  readonly #all: Readonly<Record<RisingSetting, Raising>>

  /** @param machine versions that the user's code here knows. @param wire those that this build reads. */
  constructor(
    machine: Versions,
    { core, tail }: Pick<RaisingOptions, 'core' | 'tail'>,
    wire: Versions = WIRE_VERSIONS,
  ) {
    const of = (setting: RisingSetting, versions: Versions): Raising =>
      new Raising({ setting, versions, core, tail })
    this.#all = { machineVersion: of('machineVersion', machine), featureLevel: of('featureLevel', wire) }
  }

  ask(state: ReplicatedState, now: number): void {
    for (const name of RISING_NAMES) this.#all[name].ask(state, now)
  }

  required(setting: RisingSetting, state: ReplicatedState): number {
    return this.#all[setting].required(state)
  }
}
