/** The feature level: when it rises, and what doesn't know it (F111, F111b). */
import { crc32 } from 'node:zlib'
import { type Machine, pureMachine } from '@rafted/contracts'
import { type Configuration, type Core, EntryKind, type Input, type Member } from '@rafted/core'
import { encodeSettingsPayload, FIRST_SETTINGS, valueCodec, WIRE_VERSIONS } from '@rafted/wire'
import { describe, expect, test } from 'vitest'
import { defaultSettings, type HostContext } from '../src/context.ts'
import { checkLevel, levelProblem } from '../src/feature-level.ts'
import { MemberSnapshots } from '../src/member-snapshots.ts'
import { openMember } from '../src/opening.ts'
import { newestOfAll, Risings, type Versions } from '../src/raising.ts'
import { ReplicatedState } from '../src/replicated-state.ts'
import { changeProblem } from '../src/settings.ts'
import { restoreState, SnapshotWriter } from '../src/snapshot-content.ts'
import { LogTail } from '../src/tail.ts'
import { configurationEntry } from './log-entries.ts'
import { contentOf, metaOf, settled, storeOf, Timers } from './snapshot-link.ts'

const NEXT = WIRE_VERSIONS[1] + 1
const machine = pureMachine<number>({ init: () => 0, command: () => [0, 0], query: () => 0 })
const options = { machine, codec: valueCodec }

const member = (id: string, wire: Versions): Member => {
  return { id, host: `host-${id}`, address: id, durable: true, wire, machine: [1, 9] }
}

function reading(voters: readonly Versions[], learners: readonly Versions[] = []): Configuration {
  return {
    voters: voters.map((wire, i) => member(`v${i}`, wire)),
    outgoing: null,
    learners: learners.map((wire, i) => ({ ...member(`l${i}`, wire), promote: false })),
  }
}

function raise(index: number, value: number) {
  const payload = encodeSettingsPayload({ ifSettingsAt: null, changes: [{ setting: 'featureLevel', value }] })
  return { index, term: 1, kind: EntryKind.settings, time: index, payload }
}

describe('an entry that raises it', () => {
  test('changes nothing where one member, voting or not, does not read that version', () => {
    const state = new ReplicatedState(options)
    for (const configuration of [
      reading([
        [1, NEXT],
        [1, 1],
      ]),
      reading([[1, NEXT]], [[1, 1]]),
    ]) {
      state.apply(configurationEntry(state.applied.index + 1, configuration))
      expect(state.apply(raise(state.applied.index + 1, NEXT)).status).toBe('refused')
    }
    expect(state.settings).toEqual(FIRST_SETTINGS)
  })

  test('stops a member before it whose build does not know it', () => {
    const state = new ReplicatedState(options)
    state.apply(configurationEntry(1, reading([[1, NEXT]])))
    expect(() => state.apply(raise(2, NEXT))).toThrow(expect.objectContaining({ code: 'version-mismatch' }))
    expect(state.applied.index).toBe(1)
    expect(state.settings.featureLevel).toBe(1)
  })

  test('never lowers it, and nobody may ask for one', () => {
    const state = new ReplicatedState(options)
    state.apply(configurationEntry(1, reading([[1, NEXT]])))
    state.settings = { ...FIRST_SETTINGS, featureLevel: NEXT }
    expect(state.apply(raise(2, 1)).status).toBe('refused')
    const request = {
      kind: 'change-settings',
      id: 1,
      group: 'g',
      incarnation: null,
      ifSettingsAt: null,
      changes: [{ setting: 'featureLevel', value: NEXT }],
    } as const
    expect(changeProblem(request, FIRST_SETTINGS)).toMatchObject({
      status: 'refused',
      problem: expect.stringContaining('rises by itself'),
    })
  })
})

test('a log here that comes to a level which the build does not know is not begun, committed or not', async () => {
  const log = {
    incarnation: 'one',
    member: 'v0',
    removedAt: null,
    term: 1,
    vote: null,
    base: { index: 0, term: 0 },
    runs: [{ first: 1, term: 1, bytes: 32, time: 0 }],
    last: 5,
    special: [configurationEntry(1, reading([[1, NEXT]])), raise(4, NEXT)],
    lastTime: 0,
    damaged: [],
    lostTo: null,
  }
  const stores = { logs: { open: async () => log }, snapshots: { list: async () => [] }, event: () => {} }
  const opened = openMember(stores as unknown as Parameters<typeof openMember>[0], 'g', options)
  await expect(opened).rejects.toMatchObject({
    code: 'version-mismatch',
    outcome: 'not-applied',
    details: { level: NEXT, oldest: WIRE_VERSIONS[0], newest: WIRE_VERSIONS[1] },
  })
})

test('a snapshot carries it, and is not read by a build that does not know it', async () => {
  const contentOf = (level: number) => {
    const state = new ReplicatedState(options)
    state.apply(configurationEntry(1, reading([[1, NEXT]])))
    state.settings = { ...FIRST_SETTINGS, featureLevel: level }
    const writer = new SnapshotWriter(state, 'one')
    const chunks: Uint8Array[] = []
    for (let chunk = writer.next(); chunk !== null; chunk = writer.next()) chunks.push(chunk)
    async function* content() {
      yield* chunks
    }
    return restoreState(writer.meta(), content(), options)
  }
  expect((await contentOf(1)).settings.featureLevel).toBe(1)
  await expect(contentOf(NEXT)).rejects.toMatchObject({ code: 'version-mismatch' })
})

test('a member whose leader stands on a snapshot of a level that the build does not know stops, and does not ask for it for ever', async () => {
  const failures: unknown[] = []
  const content = contentOf(100)
  const host = {
    clock: new Timers().clock,
    snapshots: storeOf(null),
    event: () => {},
    wake: () => {},
    outbox: { maxPayloadBytes: 1 << 20 },
  } as unknown as HostContext
  const nothing = (): null => null
  const mail = { sendPart: nothing, givePart: nothing, sendProgress: nothing }
  const snapshots = new MemberSnapshots(
    {
      host,
      group: 'g',
      incarnation: 'i',
      machine: { version: 1 } as Machine,
      settings: defaultSettings,
      own: defaultSettings,
      core: {} as Core,
      input: nothing,
      restore: async () => checkLevel(NEXT, 'in the snapshot at 9') as never,
      wake: nothing,
      installed: nothing,
      halt: (error) => failures.push(error),
    },
    mail,
  )
  const part = { meta: metaOf(content), transfer: 1, offset: 0, bytes: content, checksum: crc32(content) }
  snapshots.onPart('x', part)
  await settled()
  expect(failures).toEqual([expect.objectContaining({ code: 'version-mismatch' })])
})

test('a leader asks for the newest that all read, once, apart from the version of the machine', () => {
  const tail = new LogTail(9)
  const asked: { index: number }[] = []
  const core = {
    configuration: {
      index: 5,
      configuration: reading(
        [
          [1, 3],
          [1, 2],
        ],
        [[2, 5]],
      ),
    },
    step(input: Input) {
      expect(input).toMatchObject({ kind: 'propose', count: 1 })
      const answer = { taken: true, index: 10 + asked.length, term: 3, count: 1, time: 0 }
      asked.push(answer)
      return answer
    },
    termAt: () => 3,
  }
  const own = { core: core as unknown as Core, tail }
  const risings = new Risings([1, 1], own, [1, 9])
  const state = { settings: FIRST_SETTINGS, applied: { index: 9, term: 3 } } as unknown as ReplicatedState
  risings.ask(state, 0)
  risings.ask(state, 0)
  expect(asked).toHaveLength(1)
  expect(tail.get(10)!.payload).toEqual(raise(10, 2).payload)
  // Whoever is to be added must know it, since it may come into force.
  expect(risings.required('featureLevel', state)).toBe(2)
  expect(risings.required('machineVersion', state)).toBe(1)
})

test('who can not take part is told what is in force, what is known and what to do', () => {
  expect(levelProblem([1, 2], 2, 'in the group')).toBeNull()
  expect(levelProblem([1, 2], 3, 'in the group')).toEqual({
    code: 'version-mismatch',
    message:
      'Feature level 3 is in force in the group, and the Rafted there knows 1 to 2. ' +
      'Start the host with the newer version of Rafted that the others have: there is no way back once the level has risen.',
  })
  expect(() => checkLevel(1, 'at entry 3', [2, 3])).toThrow(/knows 2 to 3\..*knows both/)
  expect(
    newestOfAll(
      reading([
        [1, 1],
        [2, 2],
      ]),
      'featureLevel',
    ),
  ).toBeNull()
})
