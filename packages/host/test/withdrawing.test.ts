/** What becomes of a command in doubt is settled by an entry, and stays so whatever comes later (F58b, F58c). */
import { CommandError, defineValue, type LogEntry } from '@rafted/contracts'
import { EntryKind } from '@rafted/core'
import { encodeSettingsPayload, FIRST_SETTINGS, Reader, valueCodec, Writer } from '@rafted/wire'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { KeptResults, MAX_WITHDRAWN_KEYS } from '../src/kept-results.ts'
import { ReplicatedState } from '../src/replicated-state.ts'
import type { Reply } from '../src/replies.ts'
import { Sessions } from '../src/sessions.ts'
import { type CommandEntry, commandEntry, sessionEntry, withdrawalEntry } from './log-entries.ts'

const { sessionTimeoutMs: SESSION_TIMEOUT_MS, retainedResults: RETAINED } = FIRST_SETTINGS

const list = defineValue({
  init: () => [] as readonly string[],
  commands: {
    add: (items, item: string) => [items.length, [...items, item]],
    refuse: (): readonly [never, readonly string[]] => {
      throw new CommandError('no-stock', 'nothing left')
    },
  },
  queries: { all: (items) => items },
})

/** A group whose entries come one behind the other; one session, opened by entry 1. */
class Log {
  readonly state = new ReplicatedState({ machine: list, codec: valueCodec })
  index = 0

  constructor() {
    this.open()
  }

  apply(entryAt: (index: number) => LogEntry): Reply {
    return this.state.apply(entryAt(++this.index))
  }

  open(): number {
    this.apply((index) => sessionEntry(index, 'open'))
    return this.index
  }

  add(item: string, over: Partial<CommandEntry> & { sequence: number }): Reply {
    return this.apply((index) => commandEntry({ index, session: 1, command: ['add', item], ...over }))
  }

  withdraw(what: Parameters<typeof withdrawalEntry>[1]): Reply {
    return this.apply((index) => withdrawalEntry(index, what))
  }

  get items(): unknown {
    return this.state.instance.value
  }
}

describe('a command of a session', () => {
  test('that was applied has the reply it was given, and the value stays', () => {
    const log = new Log()
    const first = log.add('a', { sequence: 1 })
    expect(log.withdraw({ session: 1, sequence: 1 })).toBe(first)
    const refused = log.add('', { sequence: 2, command: ['refuse'] })
    expect(log.withdraw({ session: 1, sequence: 2 })).toBe(refused)
    expect(refused.status).toBe('refused')
    expect(log.add('b', { sequence: 3 }).status).toBe('ok')
    expect(log.items).toEqual(['a', 'b'])
  })

  test('that was not applied never is, however late its copies come, and is told so every time', () => {
    const log = new Log()
    log.add('a', { sequence: 1 })
    expect(log.withdraw({ session: 1, sequence: 2 }).status).toBe('withdrawn')
    for (let copy = 0; copy < 3; copy++) {
      expect(log.add('b', { sequence: 2 }).status).toBe('withdrawn')
      expect(log.withdraw({ session: 1, sequence: 2 }).status).toBe('withdrawn')
    }
    expect(log.items).toEqual(['a'])
  })

  // Its client sends it once more before them, and is told why.
  test('takes those behind it with it: none of them is applied in that session', () => {
    const log = new Log()
    log.withdraw({ session: 1, sequence: 1 })
    expect([log.add('b', { sequence: 2 }).status, log.add('a', { sequence: 1 }).status]).toEqual([
      'gap',
      'withdrawn',
    ])
    expect(log.add('b', { sequence: 2 }).status).toBe('gap')
    expect(log.items).toEqual([])
  })

  test('leaves those before it alone, though none of them has come yet', () => {
    const log = new Log()
    expect(log.withdraw({ session: 1, sequence: 3 }).status).toBe('withdrawn')
    expect([1, 2, 3, 4].map((sequence) => log.add(`${sequence}`, { sequence }).status)).toEqual([
      'ok',
      'ok',
      'withdrawn',
      'gap',
    ])
    expect(log.items).toEqual(['1', '2'])
  })

  test.each([
    [3, 2],
    [2, 3],
  ])('withdrawn one behind the other, %d before %d, neither is applied', (one, other) => {
    const log = new Log()
    for (const sequence of [one, other])
      expect(log.withdraw({ session: 1, sequence }).status).toBe('withdrawn')
    for (const sequence of [1, 2, 3, 2, 3]) log.add(`${sequence}`, { sequence })
    expect(log.items).toEqual(['1'])
    for (const sequence of [one, other])
      expect(log.withdraw({ session: 1, sequence }).status).toBe('withdrawn')
  })

  test('whose reply is no longer kept was carried out, and no more is known', () => {
    const log = new Log()
    log.add('a', { sequence: 1 })
    log.add('b', { sequence: 2, acknowledged: 2 })
    expect(log.withdraw({ session: 1, sequence: 1 }).status).toBe('forgotten')
  })

  test('whose session is gone: nobody knows, unless its key tells', () => {
    const log = new Log()
    log.add('a', { sequence: 1, key: 'k' })
    const time = 10 + SESSION_TIMEOUT_MS
    expect(log.withdraw({ session: 1, sequence: 1, time }).status).toBe('expired')
    expect(valueCodec.decode(log.withdraw({ session: 1, sequence: 1, key: 'k' }).payload)).toBe(0)
    // It ran under no other key, and no result by key was ever forgotten.
    expect(log.withdraw({ session: 1, sequence: 2, key: 'l' }).status).toBe('withdrawn')
    expect(log.add('late', { sequence: 2, key: 'l', time }).status).toBe('expired')
  })

  // The one whose result was forgotten may have been this one.
  test('whose session is gone, and results by key were forgotten: nobody knows', () => {
    const log = new Log()
    const other = log.open()
    log.add('a', { sequence: 1, key: 'k' })
    for (let i = 1; i <= RETAINED; i++)
      log.add('x', { session: other, sequence: i, acknowledged: i, key: `other ${i}` })
    log.apply((index) => sessionEntry(index, 'close', { session: 1 }))
    expect(log.withdraw({ session: 1, sequence: 1, key: 'k' }).status).toBe('expired')
  })

  test('keeps its session alive by being asked for', () => {
    const log = new Log()
    const time = SESSION_TIMEOUT_MS
    log.withdraw({ session: 1, sequence: 5, time })
    expect(log.add('a', { sequence: 1, time: 2 * time }).status).toBe('ok')
  })
})

describe('a key', () => {
  test('under which a command was applied has its reply, whoever asks', () => {
    const log = new Log()
    const first = log.add('a', { sequence: 1, key: 'k' })
    expect(log.withdraw({ key: 'k' })).toBe(first)
    expect(log.add('a', { session: log.open(), sequence: 1, key: 'k' })).toBe(first)
    expect(log.items).toEqual(['a'])
  })

  test('under which none was: nothing ever runs under it, in whatever session, though hundreds run under others', () => {
    const log = new Log()
    const other = log.open()
    expect(log.withdraw({ key: 'k' }).status).toBe('withdrawn')
    for (let i = 1; i <= 3 * RETAINED; i++)
      log.add('x', { session: other, sequence: i, acknowledged: i, key: `other ${i}` })
    const before = log.items
    expect(log.add('late', { sequence: 1, key: 'k' }).status).toBe('withdrawn')
    expect(log.add('late', { session: log.open(), sequence: 1, key: 'k' }).status).toBe('withdrawn')
    expect(log.withdraw({ key: 'k' }).status).toBe('withdrawn')
    expect(log.items).toEqual(before)
  })

  test('ends the session that comes with it: what is behind goes through another one, the rest as well', () => {
    const log = new Log()
    log.withdraw({ key: 'k' })
    const statuses = [
      log.add('k', { sequence: 1, key: 'k' }),
      log.add('b', { sequence: 2 }),
      log.add('k', { sequence: 1 }),
      log.add('b', { session: log.open(), sequence: 1 }),
    ].map(({ status }) => status)
    expect(statuses).toEqual(['withdrawn', 'gap', 'withdrawn', 'ok'])
  })

  test('is not told to be unused when results were forgotten, unless it is younger than all of those', () => {
    const log = new Log()
    log.add('k', { sequence: 1, key: 'k' })
    for (let i = 2; i <= RETAINED + 1; i++) log.add('x', { sequence: i, acknowledged: i, key: `other ${i}` })
    // Index 2 is that of `k`, the only one that is forgotten.
    expect(log.withdraw({ key: 'k' }).status).toBe('key-forgotten')
    expect(log.withdraw({ key: 'k', since: 1 }).status).toBe('key-forgotten')
    expect(log.withdraw({ key: 'never used', since: 2 }).status).toBe('withdrawn')
  })

  test('forgotten as fewer are retained counts as well', () => {
    const log = new Log()
    for (let i = 1; i <= 3; i++) log.add('x', { sequence: i, key: `k${i}` })
    const fewer = { ifSettingsAt: null, changes: [{ setting: 'retainedResults' as const, value: 1 }] }
    log.apply((index) => ({
      index,
      term: 1,
      kind: EntryKind.settings,
      time: index,
      payload: encodeSettingsPayload(fewer),
    }))
    expect(log.withdraw({ key: 'k1' }).status).toBe('key-forgotten')
    expect(log.withdraw({ key: 'k3' }).status).toBe('ok')
  })

  test('so many are withdrawn at a time, until the sessions are gone whose commands might come late', () => {
    const log = new Log()
    for (let i = 0; i < MAX_WITHDRAWN_KEYS; i++)
      expect(log.withdraw({ key: `k${i}` }).status).toBe('withdrawn')
    const fresh = log.open()
    expect(log.withdraw({ key: 'one more' }).status).toBe('full')
    expect(log.withdraw({ key: 'k0' }).status).toBe('withdrawn')
    log.apply((index) => sessionEntry(index, 'close', { session: 1 }))
    expect(log.withdraw({ key: 'one more' }).status).toBe('withdrawn')
    // All before the oldest session are gone, this one is younger.
    expect(log.add('x', { session: fresh, sequence: 1, key: 'one more' }).status).toBe('withdrawn')
  })
})

test('a snapshot holds what is withdrawn, and what is forgotten', async () => {
  const steps = fc.array(
    fc.record({
      what: fc.constantFrom('add', 'withdraw', 'withdraw key', 'open'),
      session: fc.integer({ min: 1, max: 3 }),
      sequence: fc.integer({ min: 1, max: 5 }),
      key: fc.option(fc.constantFrom('x', 'y', 'z'), { nil: null }),
    }),
    { minLength: 2, maxLength: 30 },
  )
  fc.assert(
    fc.property(steps, fc.nat(), (all, cut) => {
      const log = new Log()
      let copy: ReplicatedState | null = null
      /** What was ever told to be withdrawn, and then must not be applied. */
      const told = new Set<string>()
      for (const [i, { what, session, sequence, key }] of all.entries()) {
        const index = ++log.index
        const place = `${session}/${sequence}`
        const entry =
          what === 'open'
            ? sessionEntry(index, 'open')
            : what === 'add'
              ? commandEntry({ index, session, sequence, key, command: ['add', `${place} ${key}`] })
              : what === 'withdraw'
                ? withdrawalEntry(index, { session, sequence, key })
                : withdrawalEntry(index, { key: key ?? 'x' })
        const reply = log.state.apply(entry)
        if (copy !== null) expect(copy.apply(entry)).toEqual(reply)
        if (what === 'withdraw' && reply.status === 'withdrawn') told.add(place)
        if (what === 'withdraw key' && reply.status === 'withdrawn') told.add(key ?? 'x')
        if (what === 'add' && reply.status === 'ok' && reply.index === index)
          expect([told.has(place), told.has(String(key))]).toEqual([false, false])
        if (i === cut % all.length) copy = copyOf(log.state)
      }
    }),
    { numRuns: 300 },
  )
})

function copyOf(state: ReplicatedState): ReplicatedState {
  const w = new Writer()
  w.begin(1024)
  state.sessions.write(w)
  state.results.write(w)
  const r = new Reader(w.finish().slice())
  const copy = new ReplicatedState(
    { machine: list, codec: valueCodec },
    list.create(valueCodec),
    Sessions.read(r),
    KeptResults.read(r),
  )
  r.done()
  // The values may differ from here on: only what is told of commands counts.
  const items = state.instance.value as readonly string[]
  for (const item of items) copy.instance.apply(['add', item], { index: 1, term: 1, time: 0, version: 1 })
  return copy
}
