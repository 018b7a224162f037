/** Members whose logs are damaged start, take part as far as they may, and get back from the others what they have lost. */
import type { SnapshotStore } from '@rafted/contracts'
import { memoryStorage } from '@rafted/storage'
import { expect, test, vi } from 'vitest'
import { Damage, DamageableLogs } from './damageable-logs.ts'
import { DamagedGroup, group, IDS, items, until } from './damaged-group.ts'

vi.setConfig({ testTimeout: 60_000 })

/** Over disks in memory. */
class Setting extends DamagedGroup {
  readonly disks = new Map(IDS.map((id) => [id, { storage: memoryStorage(), damage: new Damage() }]))

  /** Where no snapshot can be kept. */
  readonly withoutSnapshots = new Set<string>()

  constructor(settings: object = {}) {
    super(async (id) => {
      const { storage, damage } = this.disks.get(id)!
      const { logs, snapshots } = storage.open()
      return { logs: new DamageableLogs(logs, damage), snapshots: this.#refusing(id, snapshots) }
    }, settings)
  }

  #refusing(id: string, snapshots: SnapshotStore): SnapshotStore {
    const save: SnapshotStore['save'] = async (...what) => {
      if (this.withoutSnapshots.has(id)) throw new Error('no snapshot is kept here')
      return await snapshots.save(...what)
    }
    return new Proxy(snapshots, {
      get: (store, key) => (key === 'save' ? save : Reflect.get(store, key).bind(store)),
    })
  }

  damage(id: string, from: number, to: number): void {
    this.disks.get(id)!.damage.add(group, from, to)
  }
}

test('a member that can not read some of its entries gets them back, and the group works meanwhile (F74b)', async () => {
  const setting = new Setting()
  await setting.begin(30)
  const end = setting.last('c')
  await setting.close('c')
  setting.damage('c', 5, 9)
  setting.damage('c', end - 3, end)
  await setting.open('c', 'join')
  await setting.handle.add('item 30')
  await setting.settled()
  const damaged = [
    { from: 5, to: 9 },
    { from: end - 3, to: end },
  ]
  expect(setting.seen('c', 'log-damaged')).toMatchObject([{ level: 'warn', damaged, lostTo: null }])
  expect(setting.seen('c', 'log-restored')).toMatchObject([{ entries: 9 }])
  expect(await setting.handle.all()).toEqual(items(31))
  expect(setting.disks.get('c')!.damage.ranges(group)).toEqual([])
  await setting.end()
})

test('a majority that can not read different entries heals without a leader, and then has one (F74c)', async () => {
  const setting = new Setting()
  await setting.begin(30)
  const end = setting.last('a')
  for (const id of IDS) await setting.close(id)
  setting.damage('a', 3, 12)
  setting.damage('b', 13, end)
  await setting.open('a', 'join')
  await setting.open('b', 'join')
  await setting.settled()
  expect(setting.seen('a', 'log-restored')).toHaveLength(1)
  expect(setting.seen('b', 'log-restored')).toHaveLength(1)
  expect(await setting.handle.all()).toEqual(items(30))
  await setting.end()
})

test('an entry that nobody can read stops the group, and each says which one it is (F74e)', async () => {
  const setting = new Setting()
  await setting.begin(10)
  for (const id of IDS) await setting.close(id)
  for (const id of IDS) setting.damage(id, 6, 6)
  setting.damage('a', 8, 9)
  for (const id of IDS) await setting.open(id, 'join')
  await until(() =>
    IDS.every((id) => setting.status(id)?.damage?.stuck?.answers.every(({ says }) => says === 'damaged')),
  )
  await until(() => setting.status('a')!.damage!.restored === 2)
  for (const id of IDS) {
    expect(setting.status(id)).toMatchObject({
      role: 'follower',
      damage: { ranges: [{ from: 6, to: 6 }], lostTo: null, stuck: { index: 6 } },
    })
    expect(setting.seen(id, 'repair-stuck').at(-1)).toMatchObject({ level: 'error', index: 6 })
  }
  // Somebody brings a disk back that has it.
  await setting.close('b')
  setting.disks.get('b')!.damage.drop(group, () => true)
  await setting.open('b', 'join')
  await setting.settled()
  expect(await setting.handle.all()).toEqual(items(10))
  await setting.end()
})

test('a member that has lost entries, and no longer knows which, is shown them again by the leader (F74d)', async () => {
  const setting = new Setting()
  await setting.begin(30)
  const end = setting.last('c')
  await setting.close('c')
  const { logs } = setting.disks.get('c')!.storage.open()
  const { term, vote } = (await logs.open(group))!
  await logs.write([{ group, write: { term, vote, reset: null, truncateFrom: 7, entries: [], lostTo: end } }])
  await logs.close()
  await setting.open('c', 'join')
  await setting.handle.add('item 30')
  await setting.settled()
  expect(setting.seen('c', 'log-damaged')).toMatchObject([{ damaged: [], lostTo: end }])
  expect(setting.seen('c', 'log-restored')).toHaveLength(1)
  await setting.close('c')
  const again = setting.disks.get('c')!.storage.open()
  expect((await again.logs.open(group))!.lostTo).toBeNull()
  await again.logs.close()
  await setting.end()
})

test('a snapshot passes over entries that the others no longer hold, and what follows it stays (F74b)', async () => {
  const setting = new Setting({ snapshotMinBytes: 2000, snapshotFactor: 1 })
  // It has no snapshots of its own: its log goes back to the beginning, and is as long as theirs.
  setting.withoutSnapshots.add('c')
  await setting.open('a', 'create')
  await setting.open('b', 'join')
  await setting.open('c', 'join')
  await until(() => setting.status('a')?.configuration?.configuration.voters.length === 3)
  let count = 0
  while (['a', 'b'].some((id) => setting.status(id)!.snapshotIndex <= 10))
    await setting.handle.add(`item ${count++}`)
  await setting.settled()
  const end = setting.last('c')
  await setting.close('c')
  setting.damage('c', 5, 6)
  setting.withoutSnapshots.clear()
  await setting.open('c', 'join')
  await setting.settled()
  expect(setting.status('c')!.snapshotIndex).toBeGreaterThan(6)
  expect(setting.status('c')!.snapshotIndex).toBeLessThan(end)
  expect(setting.seen('c', 'log-restored')).toMatchObject([{ entries: 0 }])
  expect(setting.disks.get('c')!.damage.ranges(group)).toEqual([])
  expect(setting.seen('c', 'snapshot').some((event) => 'what' in event && event.what === 'installed')).toBe(
    true,
  )
  expect(await setting.handle.all()).toEqual(items(count))
  await setting.end()
})
