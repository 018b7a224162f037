/** Backups that the application's thread takes from the worker: in its pace, and not too many. */
import { expect, test } from 'vitest'
import { ServedBackups } from '../../src/worker/served-backups.ts'

/** @returns backups of three pieces, and which are over. */
function setUp() {
  const over: string[] = []
  const host = {
    async *backup(group: string) {
      try {
        for (const piece of [1, 2, 3]) yield Uint8Array.of(piece)
        if (group === 'damaged') throw new Error('it can not be read')
      } finally {
        over.push(group)
      }
    },
  }
  return { over, backups: new ServedBackups(host) }
}

test('each piece is made when it is asked for, and the end is told', async () => {
  const { over, backups } = setUp()
  const next = () => backups.next(7, 'g', undefined)
  for (const piece of [1, 2, 3]) expect(await next()).toEqual(Uint8Array.of(piece))
  expect(over).toEqual([])
  expect(await next()).toBeNull()
  expect(over).toEqual(['g'])
})

test('one that nobody reads on is given up, and one that fails is over', async () => {
  const { over, backups } = setUp()
  await backups.next(1, 'g', undefined)
  await backups.stop(1)
  await backups.stop(1)
  expect(over).toEqual(['g'])
  for (let i = 0; i < 3; i++) await backups.next(2, 'damaged', undefined)
  await expect(backups.next(2, 'damaged', undefined)).rejects.toThrow('it can not be read')
  expect(over).toEqual(['g', 'damaged'])
})

test('no more than 64 are under way', async () => {
  const { backups } = setUp()
  for (let i = 0; i < 64; i++) await backups.next(i, 'g', undefined)
  await expect(backups.next(64, 'g', undefined)).rejects.toMatchObject({ code: 'overloaded' })
  await backups.stop(0)
  await backups.next(64, 'g', undefined)
})
