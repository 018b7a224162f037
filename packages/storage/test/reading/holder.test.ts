import { expect, test } from 'vitest'
import { type DirectoryLock, takeDirectoryLock } from '../../src/files/directory-lock.ts'
import { findHolder, type Holder } from '../../src/reading/holder.ts'
import { readOnlyFiles } from '../../src/reading/read-only-files.ts'
import { type LockProcess, LockWorld } from '../files/lock-world.ts'

async function finished<T>(world: LockWorld, done: Promise<T>): Promise<T> {
  let ended = false
  const end = (): void => {
    ended = true
  }
  done.then(end, end)
  await world.run(() => ended)
  return await done
}

const taken = (world: LockWorld, process: LockProcess): Promise<DirectoryLock> =>
  finished(
    world,
    takeDirectoryLock(process.setting, () => {}),
  )

/** As somebody sees it who looks from a process of his own, and how long that took. */
async function seen(world: LockWorld, boot = 'boot'): Promise<{ holder: Holder | null; took: number }> {
  const from = world.now
  const before = new Map(world.files)
  const { setting } = world.process(boot)
  const files = readOnlyFiles(setting.fileSystem, () => {})
  const holder = await finished(world, findHolder({ ...setting, fileSystem: files }))
  expect([...world.files.keys()]).toEqual([...before.keys()])
  return { holder, took: world.now - from }
}

const somebody = { pid: 1, machine: 'container', since: expect.stringMatching(/^1970-01-01T/) }

test('a directory that nobody ever held', async () => {
  expect((await seen(new LockWorld(1))).holder).toBeNull()
})

test('one that is held, by a process that may be frozen: told at once, and it still holds it', async () => {
  const world = new LockWorld(1)
  const owner = world.process()
  const lock = await taken(world, owner)
  owner.frozenUntil = world.now + 3_600_000
  const { holder, took } = await seen(world)
  expect(holder).toEqual(somebody)
  expect(took).toBeLessThan(100)
  owner.frozenUntil = 0
  await finished(world, lock.check())
})

test('one that was given back, and one whose owner is dead: told at once', async () => {
  const world = new LockWorld(1)
  const lock = await taken(world, world.process())
  await finished(world, lock.release())
  expect((await seen(world)).holder).toBeNull()
  const owner = world.process()
  await taken(world, owner)
  owner.kill()
  const { holder, took } = await seen(world)
  expect(holder).toBeNull()
  expect(took).toBeLessThan(100)
})

test('after a reboot only three silent intervals tell', async () => {
  const world = new LockWorld(1)
  const owner = world.process('former')
  await taken(world, owner)
  world.sockets.clear()
  expect((await seen(world)).holder).toEqual(somebody)
  owner.kill()
  const { holder, took } = await seen(world)
  expect(holder).toBeNull()
  expect(took).toBeGreaterThanOrEqual(3000)
})
