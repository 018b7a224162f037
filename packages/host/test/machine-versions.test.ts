/** The version of the machine by which entries are applied: when it rises, and what doesn't know it (F112, F112b, F112c). */
import {
  inPlaceMachine,
  type LogEntry,
  type Machine,
  pureMachine,
  type SnapshotMeta,
} from '@rafted/contracts'
import { type Configuration, type Core, EntryKind, type Input, type Member } from '@rafted/core'
import { encodeSettingsPayload, FIRST_SETTINGS, valueCodec } from '@rafted/wire'
import { describe, expect, test } from 'vitest'
import { checkVersion, versionProblem, versionsOf } from '../src/machine-versions.ts'
import { openMember } from '../src/opening.ts'
import { newestOfAll, Raising, type Versions } from '../src/raising.ts'
import { ReplicatedState } from '../src/replicated-state.ts'
import { restoreState, SnapshotWriter } from '../src/snapshot-content.ts'
import { LogTail } from '../src/tail.ts'
import { commandEntry, configurationEntry, sessionEntry } from './log-entries.ts'

/** Its value is which versions its commands were applied by. */
function machineOf([oldestVersion, version]: Versions): Machine {
  return pureMachine<readonly number[]>({
    version,
    oldestVersion,
    init: () => [],
    command: (value, _, context) => [context.version, [...value, context.version]],
    query: (_, __, context) => context.version,
  })
}

function stateOf(versions: Versions): ReplicatedState {
  return new ReplicatedState({ machine: machineOf(versions), codec: valueCodec })
}

const member = (id: string, machine: Versions): Member => {
  return { id, host: `host-${id}`, address: id, durable: true, wire: [1, 1], machine }
}

/** Voters that offer these, learners, and those that are leaving. */
function offering(
  voters: readonly Versions[],
  { learners = [], outgoing = [] }: { learners?: readonly Versions[]; outgoing?: readonly Versions[] } = {},
): Configuration {
  const all = (name: string, list: readonly Versions[]) =>
    list.map((machine, i) => member(`${name}${i}`, machine))
  return {
    voters: all('v', voters),
    outgoing: outgoing.length === 0 ? null : all('o', outgoing),
    learners: all('l', learners).map((learner) => ({ ...learner, promote: false })),
  }
}

function raise(index: number, value: number): LogEntry {
  const payload = encodeSettingsPayload({
    ifSettingsAt: null,
    changes: [{ setting: 'machineVersion', value }],
  })
  return { index, term: 1, kind: EntryKind.settings, time: index, payload }
}

const command = (index: number, sequence: number): LogEntry =>
  commandEntry({ index, session: 2, sequence, command: null })

/** Members that all offer these, and a session. */
function begun(versions: Versions, offers: readonly Versions[] = [versions]): ReplicatedState {
  const state = stateOf(versions)
  state.apply(configurationEntry(1, offering(offers)))
  state.apply(sessionEntry(2, 'open'))
  return state
}

describe('an entry', () => {
  test('is applied by the version in force at its index', () => {
    const state = begun([1, 3])
    state.apply(command(3, 1))
    expect(state.apply(raise(4, 3)).status).toBe('ok')
    state.apply(command(5, 2))
    expect(state.instance.value).toEqual([1, 3])
    expect(state.settings).toEqual({ ...FIRST_SETTINGS, machineVersion: 3, index: 4 })
  })

  test('is followed by queries by the same version; where none is applied yet, by one that the code knows', () => {
    expect(stateOf([2, 3]).version).toBe(2)
    const state = begun([1, 3])
    expect(state.version).toBe(1)
    state.apply(raise(3, 3))
    expect(state.version).toBe(3)
  })

  test('that would lower it, or bring what one member does not offer, changes nothing', () => {
    const state = begun([1, 3], [[1, 3]])
    state.apply(raise(3, 2))
    expect(state.apply(raise(4, 1)).status).toBe('refused')
    state.apply(
      configurationEntry(
        5,
        offering([
          [1, 3],
          [1, 2],
        ]),
      ),
    )
    expect(state.apply(raise(6, 3)).status).toBe('refused')
    state.apply(configurationEntry(7, offering([[1, 3]], { learners: [[1, 2]] })))
    expect(state.apply(raise(8, 3)).status).toBe('refused')
    expect(state.settings).toMatchObject({ machineVersion: 2, index: 3 })
    state.apply(configurationEntry(9, offering([[1, 3]], { learners: [[2, 3]] })))
    expect(state.apply(raise(10, 3)).status).toBe('ok')
  })

  test('that brings one that the code here does not know stops this member before it', () => {
    const state = begun([1, 1], [[1, 2]])
    state.apply(command(3, 1))
    expect(() => state.apply(raise(4, 2))).toThrow(expect.objectContaining({ code: 'machine-too-old' }))
    expect(state.applied.index).toBe(3)
    expect(state.settings.machineVersion).toBe(1)
  })

  test('is not applied by code that knows newer versions only', () => {
    const state = begun([2, 3])
    expect(() => state.apply(command(3, 1))).toThrow(expect.objectContaining({ code: 'machine-too-new' }))
    expect(state.instance.value).toEqual([])
  })
})

describe('a snapshot', () => {
  const contentOf = (state: ReplicatedState): [SnapshotMeta, AsyncGenerator<Uint8Array>] => {
    const writer = new SnapshotWriter(state, 'one')
    const chunks: Uint8Array[] = []
    for (let chunk = writer.next(); chunk !== null; chunk = writer.next()) chunks.push(chunk)
    async function* content() {
      yield* chunks
    }
    return [writer.meta(), content()]
  }

  test('is of the version in force, not of the newest; code that knows it goes on by it', async () => {
    const state = begun([1, 2], [[1, 2]])
    state.apply(command(3, 1))
    const [meta, content] = contentOf(state)
    expect(meta.machineVersion).toBe(1)
    const restored = await restoreState(meta, content, { machine: machineOf([1, 2]), codec: valueCodec })
    for (const one of [state, restored]) {
      one.apply(raise(4, 2))
      one.apply(command(5, 2))
      expect(one.instance.value).toEqual([1, 2])
      expect(contentOf(one)[0].machineVersion).toBe(2)
    }
  })

  test('is written and read in the way of the version in force (F116)', async () => {
    const asked: string[] = []
    const machine = inPlaceMachine<number[], number>({
      version: 4,
      oldestVersion: 1,
      create: () => [7],
      command: () => null,
      query: () => null,
      snapshot(state, version) {
        asked.push(`written by ${version}`)
        return [...state]
      },
      restore(_, __, version) {
        asked.push(`read by ${version}`)
      },
    })
    const state = new ReplicatedState({ machine, codec: valueCodec })
    state.apply(configurationEntry(1, offering([[1, 4]])))
    state.apply(raise(2, 3))
    const [meta, content] = contentOf(state)
    await restoreState(meta, content, { machine, codec: valueCodec })
    expect(asked).toEqual(['written by 3', 'read by 3'])
  })

  test.each([
    ['machine-too-old', [1, 1]],
    ['machine-too-new', [3, 4]],
  ] as const)('is not read by a machine that doesn’t know its version: %s', async (code, versions) => {
    const state = begun([1, 2])
    state.apply(raise(3, 2))
    const [meta, content] = contentOf(state)
    const machine: Machine = {
      ...machineOf(versions),
      restore: () => {
        throw new Error('it was asked')
      },
    }
    await expect(restoreState(meta, content, { machine, codec: valueCodec })).rejects.toMatchObject({ code })
  })

  test('whose meta says another version than its settings is damaged', async () => {
    const [meta, content] = contentOf(begun([1, 2]))
    const read = restoreState({ ...meta, machineVersion: 2 }, content, {
      machine: machineOf([1, 2]),
      codec: valueCodec,
    })
    await expect(read).rejects.toMatchObject({ code: 'damaged-storage' })
  })
})

describe('a log here', () => {
  const opening = (versions: Versions, ...entries: LogEntry[]) => {
    const special = [configurationEntry(1, offering([[1, 9]])), ...entries]
    const log = {
      incarnation: 'one',
      member: 'v0',
      removedAt: null,
      term: 1,
      vote: null,
      base: { index: 0, term: 0 },
      runs: [{ first: 1, term: 1, bytes: 32, time: 0 }],
      last: 5,
      special,
      lastTime: 0,
      damaged: [],
      lostTo: null,
    }
    const stores = { logs: { open: async () => log }, snapshots: { list: async () => [] }, event: () => {} }
    const options = { machine: machineOf(versions), codec: valueCodec }
    return openMember(stores as unknown as Parameters<typeof openMember>[0], 'g', options)
  }

  test('that comes to a version which the code does not know is not begun, committed or not', async () => {
    await expect(opening([1, 1], raise(4, 2))).rejects.toMatchObject({
      code: 'machine-too-old',
      outcome: 'not-applied',
    })
    await expect(opening([1, 2], raise(4, 2))).resolves.toMatchObject({ incarnation: 'one' })
  })

  test('that begins by one which the code no longer knows is not begun either', async () => {
    await expect(opening([2, 3])).rejects.toMatchObject({ code: 'machine-too-new' })
    await expect(opening([2, 3], raise(3, 2))).rejects.toMatchObject({ code: 'machine-too-new' })
    // Its founder has said so before there was a command.
    await expect(opening([2, 3], raise(2, 2))).resolves.toMatchObject({ incarnation: 'one' })
    await expect(opening([3, 3], raise(2, 2), raise(4, 3))).rejects.toMatchObject({ code: 'machine-too-new' })
  })
})

describe('a leader', () => {
  /** One whose log ends with this configuration. */
  function leading(configuration: Configuration, versions: Versions = [1, 9]) {
    const tail = new LogTail(9)
    const terms = new Map<number, number>()
    const core = {
      configuration: { index: 5, configuration },
      isTransferring: false,
      last: 9,
      step(input: Input) {
        expect(input).toMatchObject({ kind: 'propose', count: 1 })
        if (this.isTransferring) return { taken: false, reason: 'transferring' }
        terms.set(++this.last, 3)
        return { taken: true, index: this.last, term: 3, count: 1, time: 0 }
      },
      termAt: (index: number) => terms.get(index),
    }
    const rising = new Raising({ setting: 'machineVersion', versions, core: core as unknown as Core, tail })
    const ask = (machineVersion = 1, applied = 9): void => {
      const state = { settings: { ...FIRST_SETTINGS, machineVersion }, applied: { index: applied, term: 3 } }
      rising.ask(state as unknown as ReplicatedState, 0)
    }
    const asked = (): string[] =>
      [...terms.keys()].map((index) => Buffer.from(tail.get(index)!.payload).toString('hex'))
    const required = (machineVersion: number, applied: number): number => {
      const state = { settings: { ...FIRST_SETTINGS, machineVersion }, applied: { index: applied, term: 3 } }
      return rising.required(state as unknown as ReplicatedState)
    }
    return { core, terms, ask, asked, tail, required }
  }
  const payloadOf = (version: number): string => Buffer.from(raise(0, version).payload).toString('hex')

  test('asks for the newest version that all offer, once', () => {
    const { ask, asked, tail } = leading(
      offering(
        [
          [1, 3],
          [1, 2],
          [2, 5],
        ].map(([a, b]) => [a!, b!] as const),
      ),
    )
    ask()
    ask()
    ask(1, 9)
    expect(asked()).toEqual([payloadOf(2)])
    expect(tail.get(10)).toMatchObject({ kind: EntryKind.settings, term: 3 })
    ask(2, 10)
    expect(asked()).toHaveLength(1)
  })

  test('asks anew where another entry has taken the place of the one that it asked by', () => {
    const { ask, asked, terms, core } = leading(offering([[1, 2]]))
    ask()
    terms.delete(10)
    core.last = 9
    ask()
    expect(asked()).toEqual([payloadOf(2)])
    // And where it turned out to change nothing.
    ask(1, 10)
    expect(asked()).toEqual([payloadOf(2), payloadOf(2)])
  })

  test('adds nobody who does not know what it has asked for, while that may come into force', () => {
    const { ask, required, terms } = leading(offering([[1, 2]]))
    expect(required(1, 9)).toBe(1)
    ask()
    expect(required(1, 9)).toBe(2)
    expect(required(2, 10)).toBe(2)
    terms.delete(10)
    expect(required(1, 9)).toBe(1)
  })

  test('waits for learners, and for those that are leaving', () => {
    for (const more of [{ learners: [[1, 1]] }, { outgoing: [[1, 1]] }] as const) {
      const { ask, asked, core } = leading(offering([[1, 2]], more))
      ask()
      expect(asked()).toEqual([])
      core.configuration = { index: 6, configuration: offering([[1, 2]]) }
      ask()
      expect(asked()).toEqual([payloadOf(2)])
    }
  })

  test('asks for none that its own code does not know, whatever its record says', () => {
    const { ask, asked } = leading(offering([[1, 2]]), [1, 1])
    ask()
    expect(asked()).toEqual([])
  })

  test('that hands over asks when it does so no more', () => {
    const { ask, asked, core } = leading(offering([[1, 2]]))
    core.isTransferring = true
    ask()
    expect(asked()).toEqual([])
    core.isTransferring = false
    ask()
    expect(asked()).toEqual([payloadOf(2)])
  })
})

test('members that know no version in common have none that rises', () => {
  expect(
    newestOfAll(
      offering([
        [1, 2],
        [3, 4],
      ]),
      'machineVersion',
    ),
  ).toBeNull()
})

test('who can not take part is told what is in force, what is known and what to do', () => {
  expect(versionProblem([1, 2], 2, 'in the group')).toBeNull()
  expect(versionProblem([1, 2], 3, 'in the group')).toEqual({
    code: 'machine-too-old',
    message:
      'Version 3 of the machine is in force in the group, and the code there knows 1 to 2. Start the host with code that knows it.',
  })
  expect(versionProblem([2, 2], 1, 'in the group')).toMatchObject({ code: 'machine-too-new' })
  expect(() => checkVersion([2, 2], 1, 'in the group')).toThrow(/knows only 2\..*oldestVersion/)
})

test('a machine that says nothing of older versions knows its own', () => {
  expect(versionsOf(machineOf([1, 3]))).toEqual([1, 3])
  expect(versionsOf({ version: 3 } as Machine)).toEqual([3, 3])
})
