/** The machine of queues: any number of them by name, in one group. */
import { type ApplyContext, CommandError, defineValue } from '@rafted/contracts'
import { checkedCount, checkedMs, checkedReason, refuse } from '../checked-arguments.ts'
import { checkedIds, checkedLimits, checkedMany, checkedName, checkedReceipt } from './arguments.ts'
import { bytesOf } from './body-bytes.ts'
import { BYTES_AT_ONCE, MAX_AT_ONCE, MAX_QUEUES, type QueueLimits } from './limits.ts'
import type { DeadLetter, KeptMessage, QueueCounts, Receipt, TakenMessage } from './message.ts'
import { first, type QueueItem, QueueState } from './state.ts'

/** What one step of a purge has done. */
export interface Purged {
  readonly removed: number
  /** Messages of a higher id came after the purge began. */
  readonly upTo: number
  /** There may be more to remove. */
  readonly isMore: boolean
}

/**
 * A machine for any number of queues. All times are replicated ones: the leader stamps them, and a clock on a wall has no part in it. What is refused
 * is a `command-error` with the reason `invalid-argument`, `full`, or `stale-receipt`. `queue` gives the handle of one.
 */
export const queues = defineValue({
  create: () => new QueueState(),
  deadline: (state) => state.deadline,
  atDeadline: 'settle',
  commands: {
    /** Puts messages behind the others, all of them or none. @returns their ids. */
    push(state, queue: string, bodies: readonly unknown[], delayMs: number): readonly number[] {
      const name = checkedName(queue)
      const sizes = checkedMany('Bodies', bodies).map(bytesOf)
      const delay = checkedMs('A delay', delayMs, 0)
      checkRoom(state, name, sizes)
      state.settle(this.time, this.index)
      return bodies.map((body, at) => {
        const { bytes, until } = { bytes: sizes[at]!, until: delay === 0 ? 0 : this.time + delay }
        const standing = until === 0 ? 'ready' : 'delayed'
        return state.add(
          { queue: name, body, bytes, standing, attempts: 0, until, fence: 0, reason: '' },
          this.index,
        )
      })
    },
    /** Gives what is ready, in the order in which it was put in; less than `max` where the bodies are large. */
    take(state, queue: string, visibilityMs: number, max: number): readonly TakenMessage[] {
      const name = checkedName(queue)
      const visibility = checkedMs('A visibility', visibilityMs, 1)
      const most = checkedCount('`max`', max, 1, MAX_AT_ONCE)
      state.settle(this.time, this.index)
      let bytes = 0
      const taken: TakenMessage[] = []
      for (const id of state.ready(name).keys()) {
        if (taken.length === most || bytes >= BYTES_AT_ONCE) break
        const message = state.message(id)!
        const attempts = message.attempts + 1
        const fence = this.index
        state.put(
          { ...message, standing: 'taken', attempts, fence, until: this.time + visibility },
          this.index,
        )
        taken.push({ id, body: message.body, attempt: attempts, receipt: { id, fence } })
        bytes += message.bytes
      }
      return taken
    },
    /** The message is done with. */
    ack(state, queue: string, receipt: Receipt): null {
      const message = heldBy(state, queue, receipt, this)
      state.remove(message)
      state.settle(this.time, this.index)
      return null
    },
    /** The message is to be given again. @returns where it stands now. */
    nack(
      state,
      queue: string,
      receipt: Receipt,
      delayMs: number,
      reason: string,
    ): 'ready' | 'delayed' | 'dead' {
      const delay = checkedMs('A delay', delayMs, 0)
      const why = checkedReason(reason)
      const message = heldBy(state, queue, receipt, this)
      state.giveBack(message, why, delay === 0 ? 0 : this.time + delay, this.index)
      const { standing } = state.message(message.id)!
      state.settle(this.time, this.index)
      return standing as 'ready' | 'delayed' | 'dead'
    },
    /** The message stays with its worker for so long from now on, or for longer if that was given before. */
    extend(state, queue: string, receipt: Receipt, ms: number): null {
      const more = checkedMs('A visibility', ms, 1)
      const message = heldBy(state, queue, receipt, this)
      state.put({ ...message, until: Math.max(message.until, this.time + more) }, this.index)
      state.settle(this.time, this.index)
      return null
    },
    /** Sets the limits of a queue; those that are left out are the usual ones. What it holds already stays. @returns all of them. */
    configure(state, queue: string, limits: Partial<QueueLimits>): QueueLimits {
      const name = checkedName(queue)
      const all = checkedLimits(limits)
      checkRoomForQueue(state, name)
      state.setLimits(name, all)
      state.settle(this.time, this.index)
      return all
    },
    /** Dead letters stand again where they stood, as if they had never been given. @returns those that were dead. */
    redrive(state, queue: string, ids: readonly number[]): readonly number[] {
      const dead = deadOf(state, checkedName(queue), checkedIds(ids))
      for (const message of dead)
        state.put({ ...message, standing: 'ready', attempts: 0, reason: '' }, this.index)
      state.settle(this.time, this.index)
      return dead.map(({ id }) => id)
    },
    /** Removes dead letters. @returns those that were dead. */
    remove(state, queue: string, ids: readonly number[]): readonly number[] {
      const dead = deadOf(state, checkedName(queue), checkedIds(ids))
      for (const message of dead) state.remove(message)
      state.settle(this.time, this.index)
      return dead.map(({ id }) => id)
    },
    /** Removes all dead letters, or all messages, some at a time. @param upTo null at first, then what the last step said. */
    purge(state, queue: string, which: 'dead' | 'all', upTo: number | null): Purged {
      const name = checkedName(queue)
      if (which !== 'dead' && which !== 'all') refuse("Purged are the 'dead' or 'all'.")
      const to = upTo === null ? state.lastId : checkedCount('`upTo`', upTo, 0, Number.MAX_SAFE_INTEGER)
      const shelves =
        which === 'dead' ? [state.dead(name)] : [state.dead(name), state.ready(name), state.away(name)]
      const ids = shelves.flatMap((shelf) => first(shelf.keys({ to }), MAX_AT_ONCE)).slice(0, MAX_AT_ONCE)
      for (const id of ids) state.remove(state.message(id)!)
      state.settle(this.time, this.index)
      return { removed: ids.length, upTo: to, isMore: ids.length === MAX_AT_ONCE }
    },
    /** Sees to messages whose time has come. The leader has it applied when there are any. @returns how many. */
    settle(state): number {
      return state.settle(this.time, this.index)
    },
  },
  queries: {
    counts: (state, queue: string): QueueCounts => state.counts(checkedName(queue)),
    limits: (state, queue: string): QueueLimits => state.limits(checkedName(queue)),
    /** Index at which a message last became ready; 0 while none is. Another one says that it is worth the while to take. */
    arrival: (state, queue: string): number => state.arrival(checkedName(queue)),
    /** In the order in which they were put in. @param after id of the last one that is known. */
    deadLetters(state, queue: string, limit: number, after: number): readonly DeadLetter[] {
      const name = checkedName(queue)
      const most = checkedCount('`limit`', limit, 1, MAX_AT_ONCE)
      checkedCount('`after`', after, 0, Number.MAX_SAFE_INTEGER)
      let bytes = 0
      const letters: DeadLetter[] = []
      for (const id of state.dead(name).keys({ after })) {
        if (letters.length === most || bytes >= BYTES_AT_ONCE) break
        const { body, attempts, reason, bytes: size } = state.message(id)!
        letters.push({ id, body, attempts, reason })
        bytes += size
      }
      return letters
    },
    /** Queues that hold something or have limits of their own, in the order of their names. @param after the last one that is known, or null. */
    names(state, limit: number, after: string | null): readonly string[] {
      return state.names(
        after === null ? null : checkedName(after),
        checkedCount('`limit`', limit, 1, MAX_AT_ONCE),
      )
    },
  },
  snapshot: (state) => state.items(),
  restore: (state, item: QueueItem) => state.restore(item),
})

/** @throws {CommandError} `stale-receipt`: the message is not, or no longer, with whoever holds this receipt. */
function heldBy(state: QueueState, queue: string, given: Receipt, { time }: ApplyContext): KeptMessage {
  const name = checkedName(queue)
  const receipt = checkedReceipt(given)
  const message = state.message(receipt.id)
  // Its time may have come with nobody having seen to it yet.
  const isHeld = message?.standing === 'taken' && message.fence === receipt.fence && message.until > time
  if (isHeld && message.queue === name) return message
  throw new CommandError(
    'stale-receipt',
    'The receipt is no longer good: the visibility was over, or the message is done with. Somebody else may have it; leave it.',
    receipt,
  )
}

function deadOf(state: QueueState, queue: string, ids: readonly number[]): readonly KeptMessage[] {
  const messages = [...new Set(ids)].map((id) => state.message(id))
  return messages.filter(
    (message) => message?.standing === 'dead' && message.queue === queue,
  ) as KeptMessage[]
}

/** @throws {CommandError} `full` */
function checkRoom(state: QueueState, queue: string, sizes: readonly number[]): void {
  checkRoomForQueue(state, queue)
  const { maxMessages, maxBytes } = state.limits(queue)
  const counts = state.counts(queue)
  const bytes = sizes.reduce((sum, size) => sum + size, counts.bytes)
  if (state.size(queue) + sizes.length <= maxMessages && bytes <= maxBytes) return
  throw new CommandError(
    'full',
    `The queue holds as much as it may (${maxMessages} messages, ${maxBytes} bytes, dead letters included). Try again when some of it is done, or see to its dead letters.`,
    counts,
  )
}

/** @throws {CommandError} `full` */
function checkRoomForQueue(state: QueueState, queue: string): void {
  if (state.isKnown(queue) || state.queues < MAX_QUEUES) return
  throw new CommandError('full', `A group holds ${MAX_QUEUES} queues at most.`, { queues: state.queues })
}
