/** One owner at a time, whatever the order of what openers do, and whenever one of them freezes or dies (F83). */
import { crc32 } from 'node:zlib'
import { isRaftedError, type RaftedError } from '@rafted/contracts'
import { describe, expect, test } from 'vitest'
import { type DirectoryLock, takeDirectoryLock } from '../../src/files/directory-lock.ts'
import { claimName } from '../../src/files/lock-claim.ts'
import { DIRECTORY, type LockProcess, LockWorld } from './lock-world.ts'

const ignore = (): void => {}

/** What a process of the world does, and what became of it. */
function open(process: LockProcess) {
  const opening: { lock: DirectoryLock | null; error: unknown; lost: RaftedError | null } = {
    lock: null,
    error: null,
    lost: null,
  }
  takeDirectoryLock(process.setting, (error) => {
    opening.lost = error
  }).then(
    (lock) => {
      opening.lock = lock
    },
    (error: unknown) => {
      opening.error = error
    },
  )
  return opening
}

/** Opens and waits for the end of that. */
async function opened(world: LockWorld, process = world.process()) {
  const opening = open(process)
  await world.run(() => opening.lock !== null || opening.error !== null)
  return { ...opening, process }
}

async function held(world: LockWorld, process = world.process()) {
  const { lock, error } = await opened(world, process)
  if (lock === null) throw error
  return { lock, process }
}

async function finish(world: LockWorld, done: Promise<unknown>): Promise<void> {
  let ended = false
  const end = (): void => {
    ended = true
  }
  done.then(end, end)
  await world.run(() => ended)
  await done
}

describe('openers at the same moment', () => {
  const ways = [
    'an empty directory',
    'a dead owner',
    'a dead owner without a socket',
    'one that was given back',
  ] as const
  for (const before of ways)
    test(`${before}: exactly one gets it`, async () => {
      for (let seed = 1; seed <= 60; seed++) {
        const world = new LockWorld(seed)
        if (before !== 'an empty directory') {
          const owner = await held(world)
          if (before === 'one that was given back') await finish(world, owner.lock.release())
          owner.process.kill()
          if (before === 'a dead owner without a socket') world.sockets.clear()
        }
        const openings = Array.from({ length: 2 + (seed % 4) }, () => open(world.process()))
        await world.run(() => openings.every(({ lock, error }) => lock !== null || error !== null))
        const winners = openings.filter(({ lock }) => lock !== null)
        const errors = openings.flatMap(({ error }) => error ?? [])
        expect(winners.length, `seed ${seed}`).toBe(1)
        for (const error of errors)
          expect(isRaftedError(error, 'directory-in-use'), `seed ${seed}: ${error}`).toBe(true)
        // All that the others left is gone.
        expect([...world.files.keys(), ...world.sockets.keys()].length, `seed ${seed}`).toBe(2)
      }
    })
})

/** Processes that open, hold, give back, freeze and die at random. */
async function chaos(seed: number): Promise<number> {
  const world = new LockWorld(seed)
  const { draw } = world
  const holders = new Set<LockProcess>()
  let owners = 0
  let live = 0
  const runOne = async (): Promise<void> => {
    const process = world.process()
    live++
    const end = world.after(process, 0, ignore)
    try {
      const lock = await takeDirectoryLock(process.setting, ignore)
      for (const other of holders)
        if (other.alive) throw new Error(`seed ${seed}: two owners at ${world.now}`)
      holders.add(process)
      owners++
      for (let i = Math.floor(draw() * 6); i > 0; i--) await world.call(process, ignore)
      if (
        !(await lock.check().then(
          () => true,
          () => false,
        ))
      )
        throw new Error(`seed ${seed}: an owner was robbed`)
      holders.delete(process)
      await lock.release()
    } catch (error) {
      if (!isRaftedError(error, 'directory-in-use')) throw error
    } finally {
      end()
      live--
    }
  }
  const failures: unknown[] = []
  const processes: LockProcess[] = []
  const made = world.process.bind(world)
  world.process = (...args) => {
    const process = made(...args)
    processes.push(process)
    return process
  }
  for (let step = 0; step < 120; step++) {
    const living = processes.filter(({ alive }) => alive)
    const chance = draw()
    const one = living[Math.floor(draw() * living.length)]
    if (live < 4 && chance < 0.2) runOne().catch((error: unknown) => failures.push(error))
    else if (one !== undefined && chance < 0.24) {
      one.kill()
      live--
    } else if (one !== undefined && chance < 0.3) one.frozenUntil = world.now + draw() * 10_000
    let left = Math.floor(draw() * 12)
    await world.run(() => left-- <= 0)
    if (failures.length > 0) throw failures[0]
  }
  for (const process of processes) process.kill()
  // Nothing that any of them left keeps the next one out.
  const { error } = await opened(world)
  if (error !== null) throw new Error(`seed ${seed}: nobody can open it any more`, { cause: error })
  return owners
}

test('random openers, freezes and kills: never two owners, and the directory never gets stuck', async () => {
  let owners = 0
  for (let seed = 1; seed <= 80; seed++) owners += await chaos(seed)
  expect(owners).toBeGreaterThan(400)
})

describe('an owner', () => {
  test('frozen for hours on the same boot: it holds the directory (F117)', async () => {
    const world = new LockWorld(1)
    const owner = await held(world)
    owner.process.frozenUntil = 1e8
    const { error } = await opened(world)
    expect(error).toMatchObject({
      code: 'directory-in-use',
      outcome: 'not-applied',
      details: { pid: 1, machine: 'container' },
    })
    expect(world.now).toBeLessThan(1000)
  })

  test('killed: the next one has it at once', async () => {
    const world = new LockWorld(1)
    const owner = await held(world)
    owner.process.kill()
    await held(world)
    expect(world.now).toBeLessThan(100)
  })

  test('dead on another boot: taken after three of its intervals', async () => {
    const world = new LockWorld(1)
    const owner = await held(world, world.process('earlier'))
    owner.process.kill()
    const from = world.now
    await held(world)
    expect(world.now - from).toBeGreaterThanOrEqual(3000)
    expect(world.now - from).toBeLessThan(3500)
  })

  test('alive on another boot, where no socket can be reached: its beats hold the directory', async () => {
    for (const boot of ['other', null]) {
      const world = new LockWorld(1)
      const process = world.process(boot)
      await held(world, process)
      for (const name of world.sockets.keys()) world.sockets.set(name, null)
      const { error } = await opened(world)
      expect(error).toMatchObject({ code: 'directory-in-use' })
    }
  })

  test('silent too long on another boot: it learns that the directory was taken, and stops (F119)', async () => {
    const world = new LockWorld(1)
    const owner = world.process('other')
    const opening = open(owner)
    await world.run(() => opening.lock !== null)
    const lock = opening.lock!
    for (const name of world.sockets.keys()) world.sockets.set(name, null)
    owner.frozenUntil = world.now + 10_000
    const next = await held(world)
    expect(lock.isStale).toBe(true)
    owner.frozenUntil = 0
    await expect(finish(world, lock.check())).rejects.toMatchObject({ code: 'directory-in-use' })
    await expect(lock.check()).rejects.toMatchObject({ code: 'directory-in-use' })
    expect(lock.isStale).toBe(true)
    expect(opening.lost).toMatchObject({ code: 'directory-in-use' })
    // Its end takes nothing from the other.
    await finish(world, lock.release())
    await finish(world, next.lock.check())
  })

  test('silent on another boot, and awake again before it is replaced: it keeps the directory', async () => {
    const world = new LockWorld(1)
    const owner = await held(world, world.process('other'))
    const [socket] = world.sockets.keys()
    world.sockets.set(socket!, null)
    owner.process.frozenUntil = 1e8
    const process = world.process()
    const opening = open(process)
    await world.run(() => world.files.has(claimName(2)))
    process.frozenUntil = 1e8
    owner.process.frozenUntil = 0
    const silent = String(world.files.get(claimName(1)))
    await world.run(() => String(world.files.get(claimName(1))) !== silent)
    process.frozenUntil = 0
    await world.run(() => opening.error !== null)
    expect(opening.error).toMatchObject({ code: 'directory-in-use' })
    await finish(world, owner.lock.check())
    // The other took its claim back.
    expect([...world.files.keys()]).toEqual([claimName(1)])
    expect([...world.sockets.keys()]).toEqual([socket])
  })

  test('whose lock file is that of another one: it stops', async () => {
    const world = new LockWorld(1)
    const { lock } = await held(world)
    const other = new LockWorld(2)
    await held(other)
    world.files.set(claimName(1), other.files.get(claimName(1))!)
    await expect(finish(world, lock.check())).rejects.toMatchObject({ code: 'directory-in-use' })
  })

  test('one that nobody asks learns it from its next beat', async () => {
    const world = new LockWorld(1)
    const opening = open(world.process())
    await world.run(() => opening.lock !== null)
    world.files.delete(claimName(1))
    await world.run(() => opening.lost !== null)
    expect(opening.lost).toMatchObject({ code: 'directory-in-use' })
    expect(world.now).toBeLessThan(600)
  })

  test('is stale when more than an interval has passed since it last looked, and not otherwise', async () => {
    const world = new LockWorld(1)
    const { lock, process } = await held(world)
    for (let end = world.now + 20_000; world.now < end; ) {
      let steps = 1
      await world.run(() => steps-- <= 0)
      expect(lock.isStale).toBe(false)
    }
    process.frozenUntil = world.now + 3000
    world.now += 1600
    expect(lock.isStale).toBe(true)
    process.frozenUntil = 0
    await finish(world, lock.check())
    expect(lock.isStale).toBe(false)
  })

  test('that gave the directory back is closed, and can give it back again', async () => {
    const world = new LockWorld(1)
    const { lock } = await held(world)
    await Promise.all([finish(world, lock.release()), lock.release()])
    await expect(lock.check()).rejects.toMatchObject({ code: 'closed' })
    await world.run(() => false)
  })
})

describe('sockets', () => {
  test('that refuse their own listener prove nothing: the directory is not used', async () => {
    const world = new LockWorld(1)
    const process = world.process()
    process.probe = async () => 'refused'
    const { error } = await opened(world, process)
    expect(error).toMatchObject({ code: 'unsupported', message: expect.stringContaining(DIRECTORY) })
    expect([...world.files.keys(), ...world.sockets.keys()]).toEqual([])
  })

  test('that can not be made: the directory is not used', async () => {
    const world = new LockWorld(1)
    const process = world.process()
    process.listen = () => Promise.reject(Object.assign(new Error('no sockets'), { code: 'EOPNOTSUPP' }))
    const { error } = await opened(world, process)
    expect(error).toMatchObject({ code: 'unsupported', message: expect.stringContaining('EOPNOTSUPP') })
  })

  test('that somebody removes while the directory is being opened: made anew', async () => {
    const world = new LockWorld(1)
    const opening = open(world.process())
    await world.run(() => world.files.size > 0)
    world.sockets.clear()
    await world.run(() => opening.lock !== null)
    expect([...world.files.keys(), ...world.sockets.keys()]).toHaveLength(2)
  })
})

test('a lock that is half written is taken when nobody finishes it', async () => {
  const world = new LockWorld(1)
  world.files.set(claimName(7), new Uint8Array(0))
  await held(world)
  expect(world.now).toBeGreaterThanOrEqual(3000)
  expect(world.now).toBeLessThan(3500)
  expect([...world.files.keys()]).toEqual([claimName(8)])
})

test('a lock of a newer version is refused', async () => {
  const world = new LockWorld(1)
  const text = 'rafted lock 2\nwhatever true\n'
  world.files.set(claimName(3), Buffer.from(`${text}crc32 ${crc32(text).toString(16).padStart(8, '0')}\n`))
  const { error } = await opened(world)
  expect(error).toMatchObject({ code: 'version-mismatch', details: { version: 2 } })
})

test('a lock that is damaged under a living owner on this boot is not taken', async () => {
  const world = new LockWorld(1)
  const owner = await held(world)
  owner.process.frozenUntil = 1e8
  world.files.get(claimName(1))!.fill(0)
  const { error } = await opened(world)
  expect(error).toMatchObject({ code: 'directory-in-use' })
})
