/** The machine of a simulated process: its sockets, and its boot. */
import { describe, expect, test } from 'vitest'
import { keepAll, loseAll } from '../../src/index.ts'
import { machine } from './machine.ts'

describe('a socket', () => {
  test('accepts while its process lives, is a file among others, and refuses when the process was killed', async () => {
    const { disk, process, files } = machine()
    const other = disk.mount()
    expect(await other.machine.probe('/d', 's')).toBe('missing')
    await process.machine.listen('/d', 's')
    expect(await other.machine.probe('/d', 's')).toBe('accepted')
    expect(await files.list('/d')).toEqual(['s'])
    process.kill()
    expect(await other.machine.probe('/d', 's')).toBe('refused')
    await other.files.remove('/d/s')
    expect(await other.machine.probe('/d', 's')).toBe('missing')
  })

  test('is gone when its listener closes it', async () => {
    const { disk, process, files } = machine()
    const listener = await process.machine.listen('/d', 's')
    await listener.close()
    expect(await disk.mount().machine.probe('/d', 's')).toBe('missing')
    expect(await files.list('/d')).toEqual([])
  })

  test('has a name of its own', async () => {
    const { disk, process } = machine()
    await process.machine.listen('/d', 's')
    await expect(disk.mount().machine.listen('/d', 's')).rejects.toMatchObject({ code: 'EADDRINUSE' })
    expect(await process.machine.probe('/d', 's')).toBe('accepted')
  })

  test('that a crash has left refuses, also when somebody listens on one of the same name afterwards elsewhere', async () => {
    const { disk, process, files } = machine()
    await process.machine.listen('/d', 's')
    await files.syncDirectory('/d')
    await process.machine.listen('/d', 't')
    const image = disk.image(loseAll).mount()
    expect(await image.machine.probe('/d', 's')).toBe('refused')
    expect(await image.machine.probe('/d', 't')).toBe('missing')
    expect(await process.machine.probe('/d', 't')).toBe('accepted')
    disk.crash(keepAll)
    expect(await disk.mount().machine.probe('/d', 't')).toBe('refused')
  })

  test('of a killed process is never answered for', async () => {
    const { disk, process } = machine()
    process.kill()
    const asked = process.machine.listen('/d', 's').then(() => 'listening')
    expect(await Promise.race([asked, Promise.resolve().then(() => disk.mount().files.list('/d'))])).toEqual(
      [],
    )
  })
})

describe('a boot', () => {
  test('is the same for all processes until the power is cut', async () => {
    const { disk, process } = machine({ seed: 7 })
    const boot = await process.machine.bootId()
    process.kill()
    expect(await disk.mount().machine.bootId()).toBe(boot)
    const image = await disk.image(keepAll).mount().machine.bootId()
    disk.crash(keepAll)
    const next = await disk.mount().machine.bootId()
    expect(image).not.toBe(boot)
    expect(next).not.toBe(boot)
    expect(await machine({ seed: 8 }).process.machine.bootId()).not.toBe(boot)
  })

  test('counts its processes', () => {
    const { disk, process } = machine()
    expect([process.machine.processId, disk.mount().machine.processId]).toEqual([1, 2])
  })
})
