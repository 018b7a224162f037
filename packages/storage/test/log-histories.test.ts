/** Random histories of a log with tiny segments: what its files hold is at every moment what was written. */
import type { LogStore } from '@rafted/contracts'
import { expect, test } from 'vitest'
import { contentOf, entry, identity, numbers, type Setting, setting, settled, write } from './log-setting.ts'

const GROUPS = ['a', 'b', 'c']

interface Known {
  term: number
  base: number
  last: number
}

async function step(store: LogStore, known: Map<string, Known>, below: (n: number) => number): Promise<void> {
  const group = GROUPS[below(GROUPS.length)]!
  const log = known.get(group)
  if (log === undefined) {
    known.set(group, { term: 1, base: 0, last: 0 })
    await store.create(group, identity)
    return
  }
  const append = (count: number) =>
    Array.from({ length: count }, () => {
      const { term } = log
      const made = entry(++log.last, term, below(below(5) === 0 ? 400 : 40))
      return below(12) === 0 ? { ...made, kind: 1 as const } : made
    })
  const act = below(20)
  if (act < 12) {
    const entries = append(1 + below(4))
    await store.write([{ group, write: write({ term: log.term, entries }) }])
  } else if (act < 15) {
    const truncateFrom = log.last - below(Math.min(6, log.last - log.base + 1))
    if (truncateFrom <= log.base) return
    log.last = truncateFrom - 1
    log.term++
    const entries = append(below(3))
    await store.write([{ group, write: write({ term: log.term, truncateFrom, entries }) }])
  } else if (act < 18) {
    const index = log.base + below(log.last - log.base + 1)
    const [found] = await store.read(group, index, 1, 0)
    if (found === undefined) return
    log.base = index
    await store.compact(group, { index, term: found.term })
  } else if (act === 18) {
    const index = log.last + 1 + below(10)
    Object.assign(log, { base: index, last: index })
    const reset = {
      index,
      term: log.term,
      time: 0,
      configuration: { index: 1, configuration: { voters: [], outgoing: null, learners: [] } },
    }
    await store.write([{ group, write: write({ term: log.term, reset, entries: append(below(3)) }) }])
  } else if (below(4) === 0) {
    known.delete(group)
    await store.remove(group)
  }
}

/** Everything that can be seen of a store. */
async function seen(store: LogStore): Promise<unknown> {
  const groups = [...(await store.groups())].sort()
  const logs: unknown[] = []
  for (const group of groups) {
    const { runs, ...opened } = (await store.open(group))!
    const special = opened.special.map(({ index, term }) => [index, term])
    logs.push([
      group,
      { ...opened, special, bytes: runs.reduce((sum, run) => sum + run.bytes, 0) },
      await contentOf(store, group),
    ])
  }
  return logs
}

async function opensTheSame(place: Setting, expected: unknown): Promise<void> {
  const image = setting({ system: place.system.copy() })
  const store = await image.open()
  expect(await seen(store)).toEqual(expected)
  await store.close()
}

for (let seed = 1; seed <= 40; seed++)
  test(`history ${seed}: every state that was acknowledged is found in the files`, async () => {
    const below = numbers(seed)
    const place = setting({ segmentBytes: 300 + below(3000) })
    let store = await place.open()
    const known = new Map<string, Known>()
    for (let i = 0; i < 150; i++) {
      await step(store, known, below)
      if (i % 5 !== 0) continue
      await settled()
      const expected = await seen(store)
      await opensTheSame(place, expected)
      if (below(10) === 0) {
        await store.close()
        store = await place.open()
        expect(await seen(store)).toEqual(expected)
      }
    }
    await store.close()
  })
