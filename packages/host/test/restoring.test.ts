import type { RaftedEvent } from '@rafted/contracts'
import { expect, test } from 'vitest'
import { watchRestoring } from '../src/restoring.ts'

const meta = { index: 7, size: 40 } as Parameters<ReturnType<typeof watchRestoring>>[0]

async function restored(
  msPerChunk: number,
  soon = (run: () => void): void => run(),
): Promise<{ events: RaftedEvent[]; bytes: number[] }> {
  let now = 0
  const events: RaftedEvent[] = []
  const clock = { now: () => now, soon } as Parameters<typeof watchRestoring>[0]['clock']
  async function* chunks(): AsyncGenerator<Uint8Array> {
    for (let i = 0; i < 4; i++) {
      now += msPerChunk
      yield new Uint8Array(10).fill(i)
    }
  }
  const bytes: number[] = []
  const watch = watchRestoring({ clock, event: (event) => events.push(event) }, 'g')
  for await (const chunk of watch(meta, chunks())) bytes.push(...chunk)
  return { events, bytes }
}

test('how much of a snapshot has been read is told twice a second at most, and changes nothing of it', async () => {
  const all = [0, 1, 2, 3].flatMap((i) => Array.from({ length: 10 }, () => i))
  const told = { kind: 'snapshot-restoring', level: 'info', group: 'g', index: 7, of: 40 }
  expect(await restored(100)).toEqual({ events: [], bytes: all })
  expect(await restored(250)).toEqual({ events: [20, 40].map((bytes) => ({ ...told, bytes })), bytes: all })
  expect(await restored(600)).toEqual({
    events: [10, 20, 30, 40].map((bytes) => ({ ...told, bytes })),
    bytes: all,
  })
})

test('between two chunks all else has its turn (F66c)', async () => {
  let turns = 0
  const soon = (run: () => void): void => {
    turns++
    setImmediate(run)
  }
  let isOver = false
  let ticks = 0
  const tick = (): void => {
    ticks++
    if (!isOver) setImmediate(tick)
  }
  tick()
  await restored(0, soon)
  isOver = true
  expect(turns).toBe(4)
  expect(ticks).toBeGreaterThanOrEqual(4)
})
