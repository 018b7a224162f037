/** Sessions, keys and failing commands, entry by entry: what every member does alike. */
import { CommandError, defineValue, isRaftedError, type LogEntry, type Machine } from '@rafted/contracts'
import { EntryKind } from '@rafted/core'
import {
  encodeSettingsPayload,
  FIRST_SETTINGS,
  type GroupSettings,
  Reader,
  valueCodec,
  Writer,
  writeSettings,
} from '@rafted/wire'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ReplicatedState } from '../src/replicated-state.ts'
import type { Reply } from '../src/replies.ts'
import { MAX_REPLY_BYTES } from '../src/sessions.ts'
import { restoreState, SnapshotWriter } from '../src/snapshot-content.ts'
import { commandEntry, configurationEntry, configurationOf, sessionEntry } from './log-entries.ts'

const { maxSessions: MAX_SESSIONS, sessionTimeoutMs: SESSION_TIMEOUT_MS } = FIRST_SETTINGS

const list = defineValue({
  init: () => [] as readonly string[],
  commands: {
    add: (items, item: string) => [items.length, [...items, item]],
    blob: (items, size: number): readonly [Uint8Array, readonly string[]] => [new Uint8Array(size), items],
    poison: (): readonly [never, readonly string[]] => {
      throw new Error('poison')
    },
    refuse: (): readonly [never, readonly string[]] => {
      throw new CommandError('no-stock', 'nothing left', { left: 0 })
    },
    strange: (items): readonly [unknown, readonly string[]] => [() => 1, [...items, 'strange']],
    deep: (items): readonly [number, readonly string[]] => {
      const down = (): number => 1 + down()
      return [down(), items]
    },
  },
  queries: { all: (items) => items },
})

function stateOf(machine: Machine = list): ReplicatedState {
  return new ReplicatedState({ machine, codec: valueCodec })
}

/** A state with one session, opened by entry 1. */
function withSession(machine?: Machine): ReplicatedState {
  const state = stateOf(machine)
  expect(state.apply(sessionEntry(1, 'open')).status).toBe('ok')
  return state
}

const resultOf = (reply: Reply): unknown => valueCodec.decode(reply.payload)

describe('a command takes effect once', () => {
  test('its second copy in the log changes nothing, and both get the one result (F27, F54)', () => {
    const state = withSession()
    const first = state.apply(commandEntry({ index: 2, session: 1, sequence: 1, command: ['add', 'a'] }))
    const second = state.apply(commandEntry({ index: 3, session: 1, sequence: 1, command: ['add', 'a'] }))
    expect(second).toBe(first)
    expect(resultOf(first)).toBe(0)
    expect(state.instance.value).toEqual(['a'])
  })

  test('asked again after more others than results are retained by key, it is not run again (F51)', () => {
    const state = withSession()
    state.apply(sessionEntry(2, 'open'))
    const put = (index: number, session: number, sequence: number, item: string) =>
      state.apply(
        commandEntry({ index, session, sequence, acknowledged: 1, key: item, command: ['add', item] }),
      )
    const first = put(3, 1, 1, 'first')
    const others = FIRST_SETTINGS.retainedResults + 1
    for (let i = 1; i <= others; i++) put(3 + i, 2, i, `other ${i}`)
    expect(put(1000, 1, 1, 'first')).toBe(first)
    expect(state.instance.value).toHaveLength(1 + others)
  })

  test('of two sessions the same sequence is two commands (F52)', () => {
    const state = withSession()
    state.apply(sessionEntry(2, 'open'))
    state.apply(commandEntry({ index: 3, session: 1, sequence: 1, command: ['add', 'a'] }))
    state.apply(commandEntry({ index: 4, session: 2, sequence: 1, command: ['add', 'b'] }))
    expect(state.instance.value).toEqual(['a', 'b'])
  })

  test('one whose predecessor is missing changes nothing, and can come again', () => {
    const state = withSession()
    const early = commandEntry({ index: 2, session: 1, sequence: 2, command: ['add', 'b'] })
    expect(state.apply(early).status).toBe('gap')
    state.apply(commandEntry({ index: 3, session: 1, sequence: 1, command: ['add', 'a'] }))
    expect(state.apply({ ...early, index: 4 }).status).toBe('ok')
    expect(state.instance.value).toEqual(['a', 'b'])
  })

  test('a key protects over sessions, for as long as it is among the newest hundred', () => {
    const state = withSession()
    state.apply(sessionEntry(2, 'open'))
    const put = (index: number, session: number, sequence: number, key: string) =>
      resultOf(
        state.apply(
          commandEntry({ index, session, sequence, acknowledged: sequence, key, command: ['add', key] }),
        ),
      )
    expect(put(3, 1, 1, 'k')).toBe(0)
    expect(put(4, 2, 1, 'k')).toBe(0)
    for (let i = 2; i <= 101; i++) put(3 + i, 1, i, `other-${i}`)
    expect(put(200, 2, 2, 'k')).toBe(101)
  })
})

describe('settings', () => {
  const settingsEntry = (index: number, changes: Partial<GroupSettings>): LogEntry => {
    const named = Object.entries(changes) as [keyof GroupSettings, number][]
    const payload = encodeSettingsPayload({
      ifSettingsAt: null,
      changes: named.map(([setting, value]) => ({ setting, value })),
    })
    return { index, term: 1, kind: EntryKind.settings, time: index, payload }
  }

  test('retain as many results as they say, from their own entry on', () => {
    const state = withSession()
    const put = (index: number, sequence: number, key: string): unknown =>
      resultOf(
        state.apply(
          commandEntry({ index, session: 1, sequence, acknowledged: sequence, key, command: ['add', key] }),
        ),
      )
    for (let i = 1; i <= 3; i++) put(1 + i, i, `k${i}`)
    expect(state.apply(settingsEntry(5, { retainedResults: 1 }))).toMatchObject({ status: 'ok', index: 5 })
    expect([put(6, 4, 'k3'), put(7, 5, 'k2')]).toEqual([2, 3])
    state.apply(settingsEntry(8, { retainedResults: 2 }))
    expect([put(9, 6, 'k1'), put(10, 7, 'k2')]).toEqual([4, 3])
  })

  test('keep as many sessions as they say; those there are stay', () => {
    const state = withSession()
    state.apply(sessionEntry(2, 'open'))
    state.apply(settingsEntry(3, { maxSessions: 1 }))
    expect(state.apply(sessionEntry(4, 'open')).status).toBe('refused')
    expect(state.apply(sessionEntry(5, 'keep', { session: 1 })).status).toBe('ok')
    state.apply(settingsEntry(6, { maxSessions: 3 }))
    expect(state.apply(sessionEntry(7, 'open')).status).toBe('ok')
  })

  // Its client keeps it alive as often as it was told to.
  test('a session lives by the time it was opened with', () => {
    const state = withSession()
    state.apply(settingsEntry(2, { sessionTimeoutMs: 1000 }))
    state.apply(sessionEntry(3, 'open'))
    const keep = (index: number, session: number, time: number) =>
      state.apply({ ...sessionEntry(index, 'keep', { session }), time }).status
    expect([keep(4, 3, 2000), keep(5, 1, SESSION_TIMEOUT_MS)]).toEqual(['expired', 'ok'])
  })

  test('that can not be change nothing, and say why', () => {
    const state = withSession()
    const reply = state.apply(settingsEntry(2, { electionMs: 300 }))
    expect(reply.status).toBe('refused')
    expect(new TextDecoder().decode(reply.payload)).toContain('at least twice heartbeatMs')
    expect(state.settings).toBe(FIRST_SETTINGS)
  })

  test('are in the snapshot, with where they come from and what they did to sessions (F114b)', async () => {
    const state = withSession()
    state.apply(configurationEntry(2, configurationOf('a')))
    state.apply(settingsEntry(3, { electionMs: 4321, sessionTimeoutMs: 2000 }))
    state.apply(sessionEntry(4, 'open'))
    const copy = await restored(state)
    expect(copy.settings).toEqual(state.settings)
    expect(copy.settings).toMatchObject({ electionMs: 4321, index: 3 })
    const late = { ...sessionEntry(5, 'keep', { session: 4 }), time: 3000 }
    expect(copy.apply(late)).toEqual(state.apply(late))
  })
})

describe('sessions are bounded', () => {
  test('one too many is refused, nobody is evicted, and room comes with those that expire (F57)', () => {
    const state = stateOf()
    for (let i = 1; i <= MAX_SESSIONS; i++)
      expect(state.apply({ ...sessionEntry(i, 'open'), time: 0 }).status).toBe('ok')
    expect(state.apply({ ...sessionEntry(5000, 'open'), time: 10 }).status).toBe('refused')
    expect(state.sessions.size).toBe(MAX_SESSIONS)
    expect(state.apply({ ...sessionEntry(5001, 'open'), time: SESSION_TIMEOUT_MS + 1 }).status).toBe('ok')
    expect(state.sessions.size).toBe(1)
  })

  test('expiry is by replicated time, and terminal', () => {
    const state = withSession()
    const late = 1 + SESSION_TIMEOUT_MS
    const command = { session: 1, sequence: 1, command: ['add', 'a'] }
    expect(state.apply(commandEntry({ ...command, index: 2, time: late + 1 })).status).toBe('expired')
    expect(state.apply(commandEntry({ ...command, index: 3, time: late + 1 })).status).toBe('expired')
    expect(state.instance.value).toEqual([])
  })

  test('a sign of life keeps one alive; closing ends it', () => {
    const state = withSession()
    const time = SESSION_TIMEOUT_MS
    state.apply({ ...sessionEntry(2, 'keep', { session: 1 }), time })
    const command = { session: 1, sequence: 1, command: ['add', 'a'] }
    expect(state.apply(commandEntry({ ...command, index: 3, time: 2 * time })).status).toBe('ok')
    state.apply({ ...sessionEntry(4, 'close', { session: 1 }), time: 2 * time })
    expect(state.apply(commandEntry({ ...command, index: 5, sequence: 2, time: 2 * time })).status).toBe(
      'expired',
    )
  })

  test('beyond their bytes the oldest replies are forgotten, never the newest, and never applied again', () => {
    const state = withSession()
    const size = MAX_REPLY_BYTES / 2
    for (let i = 1; i <= 3; i++)
      state.apply(commandEntry({ index: 1 + i, session: 1, sequence: i, command: ['blob', size] }))
    const again = (index: number, sequence: number) =>
      state.apply(commandEntry({ index, session: 1, sequence, command: ['blob', size] })).status
    expect([again(10, 1), again(11, 2), again(12, 3)]).toEqual(['forgotten', 'forgotten', 'ok'])
  })

  test('what is acknowledged is forgotten, and no more', () => {
    const state = withSession()
    state.apply(commandEntry({ index: 2, session: 1, sequence: 1, command: ['add', 'a'] }))
    state.apply(commandEntry({ index: 3, session: 1, sequence: 2, acknowledged: 2, command: ['add', 'b'] }))
    const again = (sequence: number) =>
      state.apply(commandEntry({ index: 4, session: 1, sequence, command: ['add', 'a'] })).status
    expect([again(1), again(2)]).toEqual(['forgotten', 'ok'])
  })
})

describe('a command that fails', () => {
  const failing: [string, unknown, string][] = [
    ['that throws', ['poison'], 'failed'],
    ['that nobody knows', ['unheard-of'], 'refused'],
    ['that is no operation', 42, 'refused'],
    ['whose result has no bytes', ['strange'], 'failed'],
    ['that refuses', ['refuse'], 'refused'],
  ]
  test.each(failing)('one %s keeps the value, and is told the same every time', (_, command, status) => {
    const state = withSession()
    state.apply(commandEntry({ index: 2, session: 1, sequence: 1, command: ['add', 'a'] }))
    const reply = state.apply(commandEntry({ index: 3, session: 1, sequence: 2, command }))
    expect(reply.status).toBe(status)
    expect(state.apply(commandEntry({ index: 4, session: 1, sequence: 2, command }))).toBe(reply)
    expect(state.instance.value).toEqual(['a'])
    const next = commandEntry({ index: 5, session: 1, sequence: 3, command: ['add', 'b'] })
    expect(resultOf(state.apply(next))).toBe(1)
  })

  test('one that a person has skipped has failed without the machine; its session goes on, and its key keeps that (F40f)', () => {
    const state = withSession()
    const skipped = commandEntry({
      index: 2,
      session: 1,
      sequence: 1,
      key: 'k',
      command: ['add', 'a'],
      skipped: true,
    })
    expect(state.apply(skipped).status).toBe('failed')
    expect(
      state.apply(commandEntry({ index: 3, session: 1, sequence: 1, command: ['add', 'a'] })).status,
    ).toBe('failed')
    expect(
      state.apply(commandEntry({ index: 4, session: 1, sequence: 2, key: 'k', command: ['add', 'a'] }))
        .status,
    ).toBe('failed')
    expect(
      state.apply(commandEntry({ index: 5, session: 1, sequence: 3, command: ['add', 'b'] })).status,
    ).toBe('ok')
    expect(state.instance.query(['all'])).toEqual(['b'])
  })

  test('bytes that are no value fail alike', () => {
    const state = withSession()
    const bytes = Uint8Array.of(0xc1, 0xff)
    expect(state.apply(commandEntry({ index: 2, session: 1, sequence: 1, bytes })).status).toBe('failed')
  })

  test('a refusal carries its fields', () => {
    const state = withSession()
    const reply = state.apply(commandEntry({ index: 2, session: 1, sequence: 1, command: ['refuse'] }))
    expect(resultOf(reply)).toEqual(['no-stock', 'nothing left', { left: 0 }])
  })

  test('a stack overflow stops the member before the entry: another one may have more stack', () => {
    const state = withSession()
    const deep = commandEntry({ index: 2, session: 1, sequence: 1, command: ['deep'] })
    expect(() => state.apply(deep)).toThrow(expect.objectContaining({ code: 'member-stopped' }))
    expect(state.applied.index).toBe(1)
  })

  test('a value changed in place may be half changed: any throw but a refusal stops the member', () => {
    const inPlace = defineValue({
      create: () => ({ count: 0 }),
      commands: {
        half: (state): number => {
          state.count++
          throw new Error('half way')
        },
      },
      queries: {},
      snapshot: (state) => [state.count],
      restore: () => ({ count: 0 }),
    })
    const state = withSession(inPlace)
    let thrown: unknown
    try {
      state.apply(commandEntry({ index: 2, session: 1, sequence: 1, command: ['half'] }))
    } catch (error) {
      thrown = error
    }
    expect(isRaftedError(thrown, 'member-stopped') && thrown.details).toEqual({ index: 2 })
  })
})

describe('a snapshot', () => {
  test('holds sessions, replies and keys: who asks again after it gets the first reply (F56)', async () => {
    const entries = fc.array(
      fc.record({
        session: fc.integer({ min: 1, max: 4 }),
        sequence: fc.integer({ min: 1, max: 6 }),
        key: fc.option(fc.constantFrom('x', 'y'), { nil: null }),
        item: fc.constantFrom('a', 'b', 'c'),
        opens: fc.boolean(),
      }),
      { minLength: 2, maxLength: 30 },
    )
    await fc.assert(
      fc.asyncProperty(entries, fc.nat(), async (steps, cut) => {
        const original = stateOf()
        original.apply(configurationEntry(1, configurationOf('a')))
        let copy: ReplicatedState | null = null
        for (const [i, { session, sequence, key, item, opens }] of steps.entries()) {
          const index = i + 2
          const entry = opens
            ? sessionEntry(index, 'open')
            : commandEntry({ index, session: session + 1, sequence, key, command: ['add', item] })
          const reply = original.apply(entry)
          if (copy !== null) expect(copy.apply(entry)).toEqual(reply)
          if (i !== cut % steps.length) continue
          copy = await restored(original)
          const { applied, time, configuration } = original
          expect(copy).toMatchObject({ applied, time, configuration })
        }
        expect(copy!.instance.value).toEqual(original.instance.value)
        expect(bytesOf(copy!)).toEqual(bytesOf(original))
      }),
      // Whatever else is drawn: a key that was used before the snapshot, and is used by another session after it.
      {
        numRuns: 60,
        examples: [
          [
            [
              { session: 1, sequence: 1, key: null, item: 'a', opens: true },
              { session: 1, sequence: 1, key: 'x', item: 'a', opens: false },
              { session: 1, sequence: 1, key: null, item: 'a', opens: true },
              { session: 3, sequence: 1, key: 'x', item: 'b', opens: false },
            ],
            1,
          ],
        ],
      },
    )
  })

  test('keeps the reply to what its client may ask again (F56)', async () => {
    const state = withSession()
    state.apply(configurationEntry(2, configurationOf('a')))
    const command = commandEntry({ index: 3, session: 1, sequence: 1, command: ['add', 'a'] })
    const reply = state.apply(command)
    const copy = await restored(state)
    expect(copy.apply({ ...command, index: 4 })).toEqual(reply)
    expect(copy.instance.value).toEqual(['a'])
  })

  test('is of one moment, however long it is read while commands are applied (F69)', async () => {
    const state = withSession()
    state.apply(configurationEntry(2, configurationOf('a')))
    for (let i = 1; i <= 3000; i++)
      state.apply(
        commandEntry({ index: 2 + i, session: 1, sequence: i, acknowledged: i, command: ['add', `${i}`] }),
      )
    const then = state.instance.value
    const writer = new SnapshotWriter(state, 'i')
    const chunks: Uint8Array[] = []
    for (let chunk = writer.next(), i = 3001; chunk !== null; chunk = writer.next(), i++) {
      chunks.push(chunk.slice())
      state.apply(
        commandEntry({ index: 2 + i, session: 1, sequence: i, acknowledged: i, command: ['add', 'late'] }),
      )
    }
    expect(chunks.length).toBeGreaterThan(2)
    const meta = writer.meta()
    expect(meta.index).toBe(3002)
    const copy = await restoreState(meta, streamOf(chunks), { machine: list, codec: valueCodec })
    expect(copy.instance.value).toEqual(then)
    expect(copy.applied).toEqual({ index: 3002, term: 1 })
  })

  test('cut short, of another format, or of a head too long: refused', async () => {
    const state = withSession()
    state.apply(configurationEntry(2, configurationOf('a')))
    const { meta, chunks } = snapshotOf(state)
    const options = { machine: list, codec: valueCodec }
    const cut = chunks[0]!.subarray(0, 3)
    await expect(restoreState(meta, streamOf([cut]), options)).rejects.toMatchObject({
      code: 'damaged-storage',
    })
    await expect(restoreState({ ...meta, format: 2 }, streamOf(chunks), options)).rejects.toMatchObject({
      code: 'unsupported',
    })
    const long = chunks[0]!.slice()
    long.fill(0xff, 0, 4)
    await expect(restoreState(meta, streamOf([long]), options)).rejects.toMatchObject({
      code: 'damaged-storage',
    })
  })
})

function snapshotOf(state: ReplicatedState) {
  const writer = new SnapshotWriter(state, 'incarnation')
  const chunks: Uint8Array[] = []
  for (let chunk = writer.next(); chunk !== null; chunk = writer.next()) chunks.push(chunk)
  return { meta: writer.meta(), chunks }
}

async function* streamOf(chunks: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* chunks
}

async function restored(state: ReplicatedState): Promise<ReplicatedState> {
  const { meta, chunks } = snapshotOf(state)
  return restoreState(meta, streamOf(chunks), { machine: list, codec: valueCodec })
}

/** Sessions, keys and settings as bytes: equal for equal states. */
function bytesOf({ sessions, results, settings }: ReplicatedState): Uint8Array {
  const w = new Writer()
  w.begin(1024)
  sessions.write(w)
  results.write(w)
  writeSettings(w, settings)
  const bytes = w.finish()
  expect(new Reader(bytes).left).toBe(bytes.length)
  return bytes
}
