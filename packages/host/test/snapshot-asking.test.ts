/** Whom a member asks for a snapshot that brings what it can't read, and whose it takes. */
import type { Core } from '@rafted/core'
import type { SnapshotChunk } from '@rafted/wire'
import { expect, test } from 'vitest'
import { SnapshotAsking } from '../src/snapshot-asking.ts'

/** A log from 3 on, of term 2, up to 20, that can't read its entries 5 and 6. */
function setting() {
  const asked: string[] = []
  const taken: number[] = []
  const log = { baseIndex: 2, damaged: [{ from: 5, to: 6 }] }
  const core = {
    get baseIndex() {
      return log.baseIndex
    },
    get damaged() {
      return log.damaged
    },
    termAt: (index: number) => (index >= log.baseIndex && index <= 20 ? 2 : undefined),
  } as unknown as Core
  const clock = { now: 0 }
  const asking = new SnapshotAsking({
    core,
    silenceMs: () => 1000,
    now: () => clock.now,
    ask: (from) => void asked.push(from),
    take: (_, { meta }) => {
      taken.push(meta.index)
      return { received: 7, again: false }
    },
  })
  return { asked, taken, log, clock, asking }
}

function part(index: number, term = 2): SnapshotChunk {
  return {
    meta: { index, term },
    transfer: 1,
    offset: 0,
    bytes: new Uint8Array(7),
  } as unknown as SnapshotChunk
}

const NO = { received: -1, again: false }
const REFUSED = { answer: NO, installed: false }

test('one member is asked, and the next one when no part has come for long (F74b)', () => {
  const { asked, clock, asking } = setting()
  asking.askOneOf([])
  expect(asked).toEqual([])
  asking.askOneOf(['b', 'c'])
  clock.now = 2999
  asking.askOneOf(['b', 'c'])
  expect(asked).toEqual(['b'])
  expect(asking.onPart('b', part(9))).toEqual({ answer: { received: 7, again: false }, installed: false })
  clock.now = 5998
  asking.askOneOf(['b', 'c'])
  expect(asked).toEqual(['b'])
  clock.now = 5999
  asking.askOneOf(['b', 'c'])
  clock.now = 9000
  asking.askOneOf(['b', 'c'])
  expect(asked).toEqual(['b', 'c', 'b'])
})

test('a part is taken only from who was asked, and only if the log names its end and can not read what it covers (F74b)', () => {
  const { taken, log, asking } = setting()
  expect(asking.onPart('b', part(9))).toEqual(REFUSED)
  asking.askOneOf(['b', 'c'])
  expect(asking.onPart('c', part(9))).toEqual(REFUSED)
  // The log ends before it, another entry stands there, it covers too little.
  expect(asking.onPart('b', part(21))).toEqual(REFUSED)
  expect(asking.onPart('b', part(9, 3))).toEqual(REFUSED)
  expect(asking.onPart('b', part(4))).toEqual(REFUSED)
  expect(taken).toEqual([])
  asking.onPart('b', part(5))
  expect(taken).toEqual([5])
  // Sent once more, when it has been installed.
  log.baseIndex = 5
  log.damaged = []
  expect(asking.onPart('b', part(5))).toEqual({ answer: NO, installed: true })
})
