/** A damaged log goes on being kept small, and a full disk keeps nothing from being put back (docs/durability.md, "What a damaged log is good for"). */
import type { LogStore } from '@rafted/contracts'
import { describe, expect, test } from 'vitest'
import {
  contentOf,
  entries,
  entry,
  FIRST_SEGMENT,
  identity,
  type Setting,
  setting,
  settled,
  write,
} from './log-setting.ts'
import { MemoryFileSystem } from './memory-file-system.ts'

const SEGMENT_BYTES = 20_000

/** Two groups with three entries each in the first file. The payload of the second entry of `idle` can't be read. */
async function damaged(): Promise<Setting> {
  const former = setting()
  const store = await former.open()
  for (const group of ['idle', 'busy']) await store.create(group, identity)
  for (const group of ['idle', 'busy'])
    await store.write([{ group, write: write({ entries: entries(1, 3) }) }])
  await store.close()
  const place = setting({ system: former.system, segmentBytes: SEGMENT_BYTES })
  const bytes = place.system.files.get(FIRST_SEGMENT)!
  bytes[Buffer.from(bytes).indexOf(Buffer.from(entry(2).payload))]! ^= 1
  return place
}

/** Writes as much as fills several files, and compacts it away. */
async function turnOver(store: LogStore): Promise<void> {
  let { last } = (await store.open('busy'))!
  for (let i = 0; i < 100; i++) {
    await store.write([{ group: 'busy', write: write({ entries: [entry(++last, 1, 500)] }) }])
    await settled()
  }
  await store.compact('busy', { index: last - 1, term: 1 })
  await settled()
}

function filesOf(place: Setting): string[] {
  return [...place.system.files.keys()].filter((path) => path.endsWith('.log'))
}

/** @param run when a file is created. */
function onCreation(system: Setting['system'], run: () => void): void {
  system.open = (path, mode, through) => {
    if (mode === 'create') run()
    return MemoryFileSystem.prototype.open.call(system, path, mode, through)
  }
}

/** Of events, but for the damage that was found at first. */
function told({ events }: Setting): unknown[] {
  return events.filter(({ kind }) => kind !== 'log-file-damaged')
}

describe('a file with entries that can not be read', () => {
  test('is copied but for those, and stays for them alone, however little it is; when they are put back it goes', async () => {
    const place = await damaged()
    const store = await place.open()
    await settled()
    // What can be read of it stands elsewhere: it could be taken away.
    const image = setting({ system: place.system.copy(), segmentBytes: SEGMENT_BYTES })
    image.system.files.get(FIRST_SEGMENT)!.fill(0, 200)
    const other = await image.open()
    expect(await contentOf(other, 'busy')).toEqual(await contentOf(store, 'busy'))
    expect((await other.read('idle', 1, 9, 1e6)).map(({ index }) => index)).toEqual([1])
    for (let i = 0; i < 5; i++) await turnOver(store)
    expect(filesOf(place)).toContain(FIRST_SEGMENT)
    expect(filesOf(place).length).toBeLessThanOrEqual(4)
    expect((await store.open('idle'))!).toMatchObject({
      damaged: [{ from: 2, to: 3 }],
      last: 3,
      lostTo: null,
    })
    expect(told(place)).toEqual([])
    await store.restore('idle', [entry(2), entry(3)])
    await settled()
    expect(filesOf(place)).not.toContain(FIRST_SEGMENT)
    await store.close()
    const again = await place.open()
    expect((await again.open('idle'))!).toMatchObject({ damaged: [], last: 3, lostTo: null })
    expect(await contentOf(again, 'idle')).toHaveLength(3)
  })

  test('of which more turns out to be unreadable as it is copied: that is told, and all that was known of is still put back', async () => {
    const place = await damaged()
    const { system } = place
    onCreation(system, () => {
      system.unreadable = { path: FIRST_SEGMENT, from: 0, to: system.files.get(FIRST_SEGMENT)!.length }
    })
    const store = await place.open()
    await settled()
    expect(told(place)).toMatchObject([{ kind: 'log-unreadable', file: FIRST_SEGMENT }])
    await store.restore('idle', [entry(2), entry(3)])
    await settled()
    expect(await store.read('idle', 2, 9, 1e6)).toHaveLength(2)
    expect(filesOf(place)).toContain(FIRST_SEGMENT)
    // The disk can read it after all: nothing of it was given up.
    system.unreadable = null
    expect(await contentOf(store, 'idle')).toHaveLength(3)
    expect(await contentOf(store, 'busy')).toHaveLength(3)
  })
})

describe('a disk without room (F81)', () => {
  const full = (): Error => Object.assign(new Error('no space left'), { code: 'ENOSPC' })

  test('holds up what is put back: it is acknowledged when it is written, and damaged until then', async () => {
    const place = await damaged()
    let store = await place.open()
    await settled()
    place.system.failure = full()
    let isDone = false
    const restoring = store.restore('idle', [entry(2), entry(3)]).then(() => {
      isDone = true
    })
    for (let i = 0; i < 3; i++) await place.clock.pass(1000)
    expect(isDone).toBe(false)
    expect(told(place)).toMatchObject([{ kind: 'disk-full', what: 'waiting' }])
    expect(filesOf(place)).toContain(FIRST_SEGMENT)
    place.system.failure = null
    await place.clock.pass(1000)
    await restoring
    await settled()
    expect(told(place)).toMatchObject([{ what: 'waiting' }, { what: 'over' }])
    expect(filesOf(place)).not.toContain(FIRST_SEGMENT)
    await store.close()
    store = await place.open()
    expect((await store.open('idle'))!.damaged).toEqual([])
    expect(await contentOf(store, 'idle')).toHaveLength(3)
  })

  test('when a damaged log is opened: that is told, nothing has changed, and the next opening finds the same', async () => {
    const place = await damaged()
    const { system } = place
    const before = system.files.get(FIRST_SEGMENT)!.slice()
    // From the new file on, which says what was found.
    onCreation(system, () => {
      system.failure = full()
    })
    await expect(place.open()).rejects.toMatchObject({ code: 'storage-failed', details: { code: 'ENOSPC' } })
    expect(system.files.get(FIRST_SEGMENT)).toEqual(before)
    onCreation(system, () => {})
    system.failure = null
    const store = await place.open()
    expect((await store.open('idle'))!.damaged).toEqual([{ from: 2, to: 3 }])
    expect(await contentOf(store, 'busy')).toHaveLength(3)
  })
})
