/** The same over files: bits turn in what is on the disk, and the storage and the members make of it what they can. */
import { openFileStorage } from '@rafted/storage'
import { SimulatedFileSystem } from '@rafted/testing'
import { expect, test, vi } from 'vitest'
import { DamagedGroup, group, IDS, items, seams, until } from './damaged-group.ts'

vi.setConfig({ testTimeout: 60_000 })

const PATH = '/data'
const SEGMENT_BYTES = 4096

/** Over disks that are files. */
class Setting extends DamagedGroup {
  readonly disks = new Map(IDS.map((id, i) => [id, new SimulatedFileSystem({ seed: i + 1 })]))

  constructor(settings: object = {}) {
    super(async (id, observer) => {
      const { files: fileSystem, machine } = this.disks.get(id)!.mount()
      const own = { path: PATH, cluster: 'test', host: id, segmentBytes: SEGMENT_BYTES, fileSystem, machine }
      return await openFileStorage({ ...own, ...seams, observer })
    }, settings)
  }

  /** Paths of a host's files, in the order of their numbers. */
  paths(id: string, pattern: RegExp): string[] {
    return this.disks
      .get(id)!
      .files.map(({ path }) => path)
      .filter((path) => pattern.test(path))
  }

  newestSnapshot(id: string): string {
    const index = (path: string): number => Number(/\.(\d+)-\d+\.snap$/.exec(path)![1])
    return this.paths(id, /\.snap$/)
      .toSorted((a, b) => index(a) - index(b))
      .at(-1)!
  }

  async bytes(id: string, path: string): Promise<Buffer> {
    const handle = await this.disks.get(id)!.mount().files.open(path, 'read')
    const bytes = Buffer.from(await handle.read(0, await handle.size()))
    await handle.close()
    return bytes
  }

  flip(id: string, path: string, byte: number): void {
    this.disks.get(id)!.flipBit(path, byte * 8 + 3)
  }

  /** Turns a bit wherever this text stands in the log. */
  async spoil(id: string, text: string): Promise<void> {
    let count = 0
    for (const path of this.paths(id, /\.log$/)) {
      const bytes = await this.bytes(id, path)
      for (let at = bytes.indexOf(text); at !== -1; at = bytes.indexOf(text, at + 1), count++)
        this.flip(id, path, at)
    }
    if (count === 0) throw new Error(`"${text}" does not stand in the log of ${id}`)
  }

  /** Nothing in the file is what it was. */
  async spoilAll(id: string, path: string): Promise<void> {
    const { length } = await this.bytes(id, path)
    for (let byte = 0; byte < length; byte++) this.flip(id, path, byte)
  }

  async closeAll(): Promise<void> {
    for (const id of IDS) await this.close(id)
  }

  async openAll(): Promise<void> {
    for (const id of IDS) await this.open(id, 'join')
  }

  /** All is well, for those who look at the files as well. */
  async healed(count: number): Promise<void> {
    await this.settled()
    expect(await this.handle.all()).toEqual(items(count))
    await this.closeAll()
    this.events.length = 0
    await this.openAll()
    await this.settled()
    for (const id of IDS) expect(this.seen(id, 'log-damaged')).toEqual([])
    expect(await this.handle.all()).toEqual(items(count))
  }
}

test('a member whose files hold entries that can not be read gets them back (F74b)', async () => {
  const setting = new Setting()
  await setting.begin(30)
  await setting.close('c')
  await setting.spoil('c', 'item 7')
  await setting.spoil('c', 'item 21')
  await setting.open('c', 'join')
  await setting.handle.add('item 30')
  await setting.settled()
  expect(setting.seen('c', 'log-file-damaged').map((event) => 'damage' in event && event.damage)).toContain(
    'unreadable',
  )
  expect(setting.seen('c', 'log-damaged')).toMatchObject([{ lostTo: null }])
  expect(setting.seen('c', 'log-restored')).toHaveLength(1)
  await setting.healed(31)
  await setting.end()
})

test('a majority whose files hold different entries that can not be read heals without a leader (F74c)', async () => {
  const setting = new Setting()
  await setting.begin(30)
  await setting.closeAll()
  await setting.spoil('a', 'item 5')
  await setting.spoil('b', 'item 17')
  await setting.spoil('c', 'item 29')
  await setting.openAll()
  await setting.settled()
  for (const id of IDS) expect(setting.seen(id, 'log-restored')).toHaveLength(1)
  await setting.healed(30)
  await setting.end()
})

test('a member that has lost a file of its log, and no longer knows what stood in it, is shown it again (F74d)', async () => {
  const setting = new Setting()
  await setting.begin(200)
  await setting.close('c')
  const [, second] = setting.paths('c', /\.log$/)
  await setting.spoilAll('c', second!)
  await setting.open('c', 'join')
  await setting.handle.add('item 200')
  await setting.settled()
  expect(setting.seen('c', 'log-damaged')).toMatchObject([{ lostTo: expect.any(Number) }])
  expect(setting.seen('c', 'log-restored')).toHaveLength(1)
  await setting.healed(201)
  await setting.end()
})

/** `a` has founded a group, is removed while it is down, and loses these files of its log; then it is started again. */
async function removedFounder(lost: (files: readonly string[]) => readonly string[]): Promise<Setting> {
  const setting = new Setting()
  await setting.open('a', 'create')
  let count = 0
  const logFiles = (): string[] => setting.paths('a', /\.log$/)
  const fillFile = async (): Promise<void> => {
    const { length } = logFiles()
    while (logFiles().length === length) await setting.handle.add(`item ${count++}`)
  }
  await fillFile()
  await setting.open('b', 'join')
  await setting.open('c', 'join')
  await until(() => setting.status('a')?.configuration?.configuration.voters.length === 3)
  // A file behind what is lost tells that something is.
  await fillFile()
  await setting.settled()
  const { member } = setting.status('a')!
  await setting.close('a')
  await setting.client.removeMember(group, member)
  for (const path of lost(logFiles())) await setting.spoilAll('a', path)
  await setting.open('a', 'join')
  await until(() => setting.seen('a', 'member-stopped').length > 0)
  expect(setting.seen('a', 'log-damaged')).toMatchObject([{ lostTo: expect.any(Number) }])
  expect(setting.seen('a', 'member-stopped')).toMatchObject([{ reason: 'member-removed' }])
  await until(() => setting.status('b')!.configuration!.configuration.voters.length === 2)
  expect(JSON.stringify(setting.status('b')!.configuration)).not.toContain(member)
  return setting
}

// All that it still knows is the configuration of itself alone, where it is dialled as ever: it has nothing to ask a leader for, and nobody to ask.
test('a founder that was removed, and whose log has lost all that joined it, learns it where it was told to look (F35j)', async () => {
  const setting = await removedFounder((files) => files.slice(1, -1))
  expect(setting.seen('a', 'configuration').at(-1)).toMatchObject({ index: 1 })
  expect(setting.status('a')!.removedAt).not.toBeNull()
  await setting.end()
})

// Asked to be added, the leader would add it once more, and its log would tell it that it was removed before.
test('a member that was removed, and has lost all of its log, does not come back under its id (F35k)', async () => {
  const setting = await removedFounder((files) => files.slice(0, -1))
  expect(setting.status('a')!.configuration).toBeNull()
  // Started again it may come back, as another member.
  await setting.close('a')
  await setting.open('a', 'join')
  await until(() => setting.status('b')!.configuration!.configuration.voters.length === 3)
  await setting.settled()
  await setting.end()
})

test('a snapshot that can not be read is set aside, and the log goes on from the one before it (F76b)', async () => {
  const setting = new Setting({ snapshotMinBytes: 3000, snapshotFactor: 1 })
  await setting.begin(0)
  let count = 0
  while (IDS.some((id) => setting.paths(id, /\.snap$/).length < 2))
    await setting.handle.add(`item ${count++}`)
  await setting.settled()
  await setting.close('c')
  await setting.spoilAll('c', setting.newestSnapshot('c'))
  await setting.open('c', 'join')
  await setting.settled()
  expect(setting.seen('c', 'snapshot').some((event) => 'what' in event && event.what === 'set-aside')).toBe(
    true,
  )
  expect(setting.seen('c', 'log-damaged')).toEqual([])
  await setting.healed(count)
  await setting.end()
})

test('where the log does not reach back to the snapshot before it, or there is none, the leader shows all of it again (F76b)', async () => {
  const setting = new Setting({ snapshotMinBytes: 3000, snapshotFactor: 1 })
  await setting.open('a', 'create')
  await setting.open('b', 'join')
  let count = 0
  while (setting.status('a')!.log.bytes === 0 || setting.status('a')!.snapshotIndex < 50)
    await setting.handle.add(`item ${count++}`)
  // What it begins with is a snapshot of the leader's: nothing before that is in its log.
  await setting.open('c', 'join')
  await until(() => setting.status('a')?.configuration?.configuration.voters.length === 3)
  await setting.settled()
  await setting.close('c')
  expect(setting.paths('c', /\.snap$/)).toHaveLength(1)
  await setting.spoilAll('c', setting.newestSnapshot('c'))
  await setting.open('c', 'join')
  await setting.settled()
  expect(setting.seen('c', 'log-damaged')).toMatchObject([{ lostTo: expect.any(Number) }])
  expect(setting.seen('c', 'log-restored')).toHaveLength(1)
  await setting.healed(count)
  await setting.end()
})

test('a committed entry that no disk holds any more stops the group, and each member names it (F74e)', async () => {
  const setting = new Setting()
  await setting.begin(12)
  await setting.closeAll()
  for (const id of IDS) await setting.spoil(id, 'item 6')
  await setting.openAll()
  await until(() =>
    IDS.every((id) => setting.status(id)?.damage?.stuck?.answers.every(({ says }) => says === 'damaged')),
  )
  const { index } = setting.status('a')!.damage!.stuck!
  for (const id of IDS) {
    expect(setting.status(id)).toMatchObject({ role: 'follower', damage: { stuck: { index } } })
    expect(setting.status(id)!.appliedIndex).toBeLessThan(index)
    expect(setting.seen(id, 'repair-stuck').at(-1)).toMatchObject({ level: 'error', group, index })
  }
  await setting.end()
})
