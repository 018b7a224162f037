/** Addresses that are found, and found anew: of hosts whose names stay and whose places change. */
import type { Clock } from './clock.ts'
import { RaftedError } from './errors.ts'

/** Where hosts are, all of them, as `host:port` or as the transport has it. Rejects where that can't be found out. */
export interface Find {
  (): Promise<readonly string[]>
  /** Set where it finds only hosts that run: then silence says nothing of the others, and no group is created on its word alone. */
  readonly isPartial?: true
}

/** What `discover` gives, for `join` of a group and `addresses` of a client. */
export interface Found {
  (): readonly string[]
  /** As of the `Find` that it was given. */
  readonly isPartial?: true
}

/** How often `discover` looks, and who is told where it can't. */
export interface DiscoverOptions {
  readonly clock: Pick<Clock, 'now'>
  /** What was found is looked for again when it is wanted after this time, milliseconds. Default 10,000. */
  readonly everyMs?: number
  /** Is told each time that it could not be found out again: what was found before stays. */
  readonly failed?: (error: unknown) => void
}

/**
 * For `join` of a group and `addresses` of a client: looks once, and from then on answers from memory, and looks again in the background when what it knows is
 * older than `everyMs`. Nothing is looked for while nobody asks.
 * @throws {RaftedError} `unreachable` if nothing is found at first: whoever doesn't know where the others are can't tell whether a group exists.
 */
export async function discover(find: Find, options: DiscoverOptions): Promise<Found> {
  const { clock, everyMs = 10_000, failed = () => {} } = options
  let known = await first(find)
  let lookedAt = clock.now()
  let isLooking = false
  const look = async (): Promise<void> => {
    try {
      const found = await find()
      // Nobody at all is what a resolver says that has just been started, too.
      if (found.length > 0) known = found
    } catch (error) {
      failed(error)
    }
    isLooking = false
  }
  const found = (): readonly string[] => {
    if (!isLooking && clock.now() - lookedAt >= everyMs) {
      isLooking = true
      lookedAt = clock.now()
      void look()
    }
    return known
  }
  return find.isPartial === true ? Object.assign(found, { isPartial: true as const }) : found
}

async function first(find: Find): Promise<readonly string[]> {
  try {
    const found = await find()
    if (found.length > 0) return found
  } catch (cause) {
    throw nothingFound(`: ${cause instanceof Error ? cause.message : String(cause)}`, cause)
  }
  throw nothingFound(': there is none')
}

function nothingFound(why: string, cause?: unknown): RaftedError {
  return new RaftedError(
    'unreachable',
    `No address of a host is found${why}. Correct the name, or try again.`,
    {
      outcome: 'not-applied',
      cause,
    },
  )
}
