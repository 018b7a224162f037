/** Backups that clients take piece by piece (F86d): each piece once it is asked for, given again if its answer was lost, and nothing kept for those who never come back. */
import { RaftedError } from '@rafted/contracts'
import type { BackupResponse, Response, WantedPiece } from '@rafted/wire'
import { expect, test } from 'vitest'
import { BackupTransfers } from '../src/backup/transfers.ts'
import type { Member } from '../src/member.ts'

const PIECE = 256 * 1024
const settled = () => new Promise((resolve) => setImmediate(resolve))

function setting(frames: () => AsyncIterable<Uint8Array>) {
  const answers: Response[] = []
  const timers = new Set<{ ms: number; run(): void }>()
  let drawn = 0
  let id = 0
  const backups = new BackupTransfers({
    clock: {
      after: (ms, run) => {
        const timer = { ms, run }
        timers.add(timer)
        return () => void timers.delete(timer)
      },
    },
    random: { number: () => ++drawn / 1000 },
    backup: () => frames(),
    answer: (_, response) => answers.push(response),
  })
  const send = (piece: WantedPiece | null): void =>
    backups.take(
      { kind: 'backup', id: ++id, group: 'list', incarnation: null, history: false, piece },
      'web:1',
      {} as Member,
    )
  /** What it is answered; a test that awaits a piece and gets an error fails at what it looks at next. */
  const ask = async (piece: WantedPiece | null): Promise<BackupResponse> => {
    send(piece)
    await settled()
    const answer = answers.pop()!
    expect(answer.id).toBe(id)
    return answer as BackupResponse
  }
  return { backups, answers, timers, ask, send }
}

const bytes = (length: number, from = 0): Uint8Array =>
  Uint8Array.from({ length }, (_, i) => (from + i) % 251)

test('frames of any length come in pieces of one length, in order, and the last one says so', async () => {
  const all = bytes(2 * PIECE + 5)
  const cuts = [0, 3, PIECE - 1, PIECE + 7, 2 * PIECE, all.length]
  const { ask } = setting(async function* () {
    for (let i = 1; i < cuts.length; i++) yield all.subarray(cuts[i - 1], cuts[i])
  })
  const parts: Uint8Array[] = []
  let wanted: WantedPiece | null = null
  for (let number = 0; ; number++) {
    const piece: BackupResponse = await ask(wanted)
    expect(piece.number).toBe(number)
    parts.push(piece.bytes)
    if (piece.isLast) break
    wanted = { transfer: piece.transfer, number: number + 1 }
  }
  expect(parts.map(({ length }) => length)).toEqual([PIECE, PIECE, 5])
  expect(Buffer.concat(parts).equals(all)).toBe(true)
})

test('a piece whose answer was lost is given again, the last one too; what was given before that is not', async () => {
  const { ask } = setting(async function* () {
    yield bytes(PIECE)
    yield bytes(10)
  })
  const first = await ask(null)
  const { transfer } = first
  const last = await ask({ transfer, number: 1 })
  expect(last).toMatchObject({ number: 1, isLast: true })
  expect(await ask({ transfer, number: 1 })).toMatchObject({ number: 1, isLast: true, bytes: last.bytes })
  for (const piece of [
    { transfer, number: 2 },
    { transfer: transfer + 1, number: 1 },
  ])
    expect(await ask(piece)).toMatchObject({ kind: 'error', code: 'aborted', outcome: 'not-applied' })
})

test('nothing is read before it is asked for, nor ahead of who asks', async () => {
  let read = 0
  const { ask, send, answers } = setting(async function* () {
    for (;;) {
      read++
      yield bytes(PIECE)
    }
  })
  const { transfer } = await ask(null)
  // A piece is given once it is known not to be the last.
  expect(read).toBe(2)
  await settled()
  expect(read).toBe(2)
  for (const number of [1, 2, 3]) send({ transfer, number })
  await settled()
  expect(answers).toMatchObject([
    { kind: 'error', code: 'aborted' },
    { kind: 'error', code: 'aborted' },
    { kind: 'backup', number: 1 },
  ])
  expect(read).toBe(3)
})

test('one that nobody asks more of is given up after a while, and lets go of what it reads', async () => {
  let ended = 0
  const { ask, timers } = setting(async function* () {
    try {
      for (;;) yield bytes(PIECE)
    } finally {
      ended++
    }
  })
  const { transfer } = await ask(null)
  await ask({ transfer, number: 1 })
  expect([...timers].map(({ ms }) => ms)).toEqual([30_000])
  for (const { run } of timers) run()
  await settled()
  expect(ended).toBe(1)
  expect(await ask({ transfer, number: 2 })).toMatchObject({ code: 'aborted' })
})

test('so many at a time; those that are done make room; when the host closes all are given up', async () => {
  let ended = 0
  let isShort = true
  const { ask, backups, timers } = setting(async function* () {
    if (isShort) {
      yield bytes(1)
      return
    }
    try {
      for (;;) yield bytes(PIECE)
    } finally {
      ended++
    }
  })
  for (let i = 0; i < 3; i++) expect(await ask(null)).toMatchObject({ isLast: true })
  isShort = false
  for (let i = 0; i < 8; i++) expect(await ask(null)).toMatchObject({ isLast: false })
  expect(await ask(null)).toMatchObject({ code: 'overloaded' })
  backups.stop()
  await settled()
  expect([ended, timers.size]).toEqual([8, 0])
})

test('what keeps it from being read is said, and ends it', async () => {
  const errors = [
    new RaftedError('no-leader', 'nobody leads', { outcome: 'not-applied' }),
    new TypeError('odd'),
  ]
  const { ask, timers } = setting(async function* () {
    yield bytes(PIECE + 1)
    throw errors.shift()
  })
  for (const said of [
    { code: 'no-leader', message: 'nobody leads' },
    { code: 'unsupported', message: 'odd' },
  ]) {
    const { transfer } = await ask(null)
    expect(await ask({ transfer, number: 1 })).toMatchObject({ ...said, outcome: 'not-applied' })
    expect(await ask({ transfer, number: 1 })).toMatchObject({ code: 'aborted' })
  }
  expect(timers.size).toBe(0)
})
