/** What a core is set up with. Safety has no switch here: there are only sizes and times. */
import type { HostId, MemberId } from './entry.ts'
import type { CoreSettings } from './settings.ts'

/**
 * How much a member wants to lead. `excluded`: it votes, and leads only where nobody else can: as the only voter, or if it holds what
 * those who ask for its vote lack. A leader hands over to a follower that wants it more.
 */
export type LeadershipWish = 'preferred' | 'normal' | 'excluded'

/** Every `LeadershipWish`, for whoever checks one. */
export const leaderships: readonly LeadershipWish[] = ['normal', 'preferred', 'excluded']

/** The settings are those that it begins with: an input changes them. */
export interface CoreOptions extends Partial<CoreSettings> {
  /** This member. */
  readonly id: MemberId
  /** Uniform in [0, 1): the only source of chance. */
  readonly random: () => number
  /** How much it wants to lead. Default `normal`. */
  readonly leadership?: LeadershipWish
  /** After this time without a leader it campaigns first, milliseconds, if that is earlier than it would otherwise. Of those who begin a group together, one need not wait. Default: never. */
  readonly firstWaitMs?: number
  /** A peer with nothing to receive is told of a new commit index after this time, milliseconds. Default 10. */
  readonly commitNoticeMs?: number
  /** Bytes of entries in one append; a single larger entry travels alone. Default 256 KiB. */
  readonly maxAppendBytes?: number
  /** Bytes under way to one peer before the leader waits for its ack. Default 4 MiB. */
  readonly maxInflightBytes?: number
}

export type ResolvedOptions = Required<CoreOptions>

/** An option is out of its range. `code` is `'invalid-option'`, `option` names it. */
export class CoreOptionError extends Error {
  override readonly name = 'CoreOptionError'
  readonly code = 'invalid-option'
  /** The name of the option. */
  readonly option: string

  constructor(option: string, problem: string) {
    super(`core option "${option}" ${problem}`)
    this.option = option
  }
}

const defaults = {
  heartbeatMs: 200,
  electionMs: 1000,
  commitNoticeMs: 10,
  maxAppendBytes: 256 * 1024,
  maxInflightBytes: 4 * 1024 * 1024,
  maxUncommittedBytes: 16 * 1024 * 1024,
} as const

/** Fills in defaults and checks every field. @throws {CoreOptionError} naming the field. */
export function resolveOptions(options: CoreOptions): ResolvedOptions {
  const resolved: ResolvedOptions = {
    leadership: 'normal',
    clockDriftMarginMs: 0,
    quietAfterMs: 0,
    firstWaitMs: Number.POSITIVE_INFINITY,
    ...defaults,
    ...options,
  }
  if (!isId(resolved.id)) throw new CoreOptionError('id', 'must be a string of 1 to 64 characters')
  if (typeof resolved.random !== 'function') throw new CoreOptionError('random', 'must be a function')
  if (!leaderships.includes(resolved.leadership))
    throw new CoreOptionError('leadership', `must be one of ${leaderships.join(', ')}`)
  if (!(resolved.firstWaitMs >= 0))
    throw new CoreOptionError('firstWaitMs', `must be a number of milliseconds, not ${resolved.firstWaitMs}`)
  for (const name of Object.keys(defaults) as (keyof typeof defaults)[]) {
    const value = resolved[name]
    if (!Number.isFinite(value) || value <= 0)
      throw new CoreOptionError(name, `must be a positive number, not ${value}`)
  }
  checkTimes(resolved)
  return resolved
}

/** @throws {CoreOptionError} naming the setting. */
export function checkCoreSettings(settings: CoreSettings): void {
  const { heartbeatMs, electionMs, maxUncommittedBytes } = settings
  for (const [name, value] of Object.entries({ heartbeatMs, electionMs, maxUncommittedBytes }))
    if (!Number.isFinite(value) || value <= 0)
      throw new CoreOptionError(name, `must be a positive number, not ${value}`)
  checkTimes(settings)
}

function checkTimes({
  heartbeatMs,
  electionMs,
  clockDriftMarginMs: margin,
  quietAfterMs,
}: CoreSettings): void {
  if (!(quietAfterMs >= 0 && quietAfterMs < Number.POSITIVE_INFINITY))
    throw new CoreOptionError('quietAfterMs', `must be 0 or a number of milliseconds, not ${quietAfterMs}`)
  if (electionMs < 2 * heartbeatMs)
    throw new CoreOptionError(
      'electionMs',
      'must be at least twice heartbeatMs, or one lost heartbeat costs an election',
    )
  if (!(margin === 0 || (margin > 0 && margin < electionMs)))
    throw new CoreOptionError(
      'clockDriftMarginMs',
      `must be 0, or above that and below electionMs, not ${margin}`,
    )
}

function isId(id: MemberId | HostId): boolean {
  return typeof id === 'string' && id.length >= 1 && id.length <= 64
}
