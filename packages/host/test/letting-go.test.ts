/** What a member keeps in memory: what somebody may still need, and little else. */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { entryBytes } from '@rafted/contracts'
import { describe, expect, test } from 'vitest'
import { letGo } from '../src/letting-go.ts'
import { LogTail } from '../src/tail.ts'
import { Waiters } from '../src/waiters.ts'
import { entryOf } from './log-entries.ts'

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

const payload = new Uint8Array(1000)
const SIZE = entryBytes(payload)
const KIB = 1024

/** @returns the first of a thousand entries that is still in memory. */
function firstLeft({
  applied,
  heldByAll = null,
  tailBytes = 8 * KIB * KIB,
  durableAtOnce = false,
}: {
  applied: number
  heldByAll?: number | null
  tailBytes?: number
  durableAtOnce?: boolean
}): number {
  const tail = new LogTail(0)
  for (let index = 1; index <= 1000; index++) tail.put(entryOf(index, 1, payload))
  letGo({
    tail,
    core: { lastIndex: 1000, heldByAll, bytesAfter: (index) => (1000 - index) * SIZE },
    appliedIndex: applied,
    own: { tailBytes },
    host: { logs: { durableAtOnce } },
  })
  return tail.first
}

/** @returns the first of those that have so many bytes, up to `index`. */
const fitting = (bytes: number, index = 1000): number => index + 1 - Math.floor(bytes / SIZE)

describe('of a log on a disk (F24b)', () => {
  test('a follower keeps 64 KiB of what it has applied, and all that it has not', () => {
    expect(firstLeft({ applied: 1000 })).toBe(fitting(64 * KIB))
    expect(firstLeft({ applied: 700 })).toBe(fitting(64 * KIB, 700))
    expect(firstLeft({ applied: 0 })).toBe(1)
  })

  test('a leader keeps as well what any member is not known to have', () => {
    expect(firstLeft({ applied: 1000, heldByAll: 400 })).toBe(fitting(64 * KIB, 400))
    expect(firstLeft({ applied: 300, heldByAll: 400 })).toBe(fitting(64 * KIB, 300))
    expect(firstLeft({ applied: 1000, heldByAll: 1000 })).toBe(fitting(64 * KIB))
    // A member that holds nothing: a new one, or one that has not been heard since this one leads.
    expect(firstLeft({ applied: 1000, heldByAll: 0 })).toBe(1)
  })

  test('none keeps more than `tailBytes`, whoever lacks it, nor a quarter of that where nobody does', () => {
    const tailBytes = 100 * KIB
    expect(firstLeft({ applied: 0, heldByAll: 0, tailBytes })).toBe(fitting(tailBytes))
    expect(firstLeft({ applied: 1000, tailBytes })).toBe(fitting(tailBytes / 4))
  })
})

test('of a log in memory what is applied goes at once: the log has the same objects', () => {
  expect(firstLeft({ applied: 990, heldByAll: 0, durableAtOnce: true })).toBe(991)
})

test('a call that has been answered is not held on to by those behind it', async () => {
  const waiters = new Waiters()
  const added = (index: number): WeakRef<object> => {
    const waiter = { id: index, replyTo: null, index, term: 1 }
    waiters.add(waiter)
    return new WeakRef(waiter)
  }
  const refs = [1, 2, 3].map(added)
  for (const index of [1, 2]) waiters.take(index)
  // What a `WeakRef` was made of stays until the turn is over.
  await new Promise(setImmediate)
  collect()
  expect(refs.map((ref) => ref.deref() === undefined)).toEqual([true, true, false])
  expect(waiters.drain().map(({ index }) => index)).toEqual([3])
})
