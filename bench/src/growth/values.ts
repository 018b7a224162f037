/** What a command takes that changes a little of a large value, its snapshots included. */
import { type PerformanceEntry, PerformanceObserver } from 'node:perf_hooks'
import { openHosts } from 'rafted-memory'
import { closedLoop } from '../measure.ts'
import { forms, itemsIn } from '../snapshots/values.ts'
import { until } from '../until.ts'
import type { Growth, GrowthBench } from './growth.ts'

const ITEM_BYTES = 1024
/** What one command fills. */
const FILL = 1024
const CONCURRENCY = 64
const MIB = 2 ** 20

export async function growthOfValues({ valueMib, measureMs }: GrowthBench): Promise<Growth> {
  const lines: Growth['chart']['lines'][number][] = []
  for (const form of forms) {
    const all: { x: number; y: number }[] = []
    const collections: { x: number; y: number }[] = []
    for (const mib of valueMib) {
      const found = await timesOf(itemsIn(form), mib, measureMs)
      all.push({ x: mib, y: found.all })
      collections.push({ x: mib, y: found.collections })
    }
    lines.push({ name: form, points: all }, { name: `${form}: collections`, points: collections })
  }
  return {
    name: 'values',
    how: `Three hosts in one process, in memory, so each value is there three times; ${CONCURRENCY} commands under way, each of which replaces one item of ${ITEM_BYTES.toLocaleString('en-US')} bytes. A part of the time is that of garbage collections, shown by itself.`,
    chart: {
      title: 'What a small change takes in a value of so many MiB',
      x: { label: 'MiB', log: true },
      y: { label: 'µs per command' },
      lines,
    },
  }
}

/** Microseconds per command. */
interface Times {
  readonly all: number
  /** In which the engine collected garbage, of all three hosts and the callers. */
  readonly collections: number
}

async function timesOf(machine: ReturnType<typeof itemsIn>, mib: number, measureMs: number): Promise<Times> {
  const hosts = await openHosts('a', 'b', 'c')
  try {
    const [a, ...others] = hosts
    await a.createGroup('items', { machine })
    for (const host of others) await host.group('items', { machine, join: ['a'] })
    const handle = a.value('items', machine)
    await until(async () => a.status('items')?.configuration?.configuration.voters.length === hosts.length)
    const count = Math.max(1, Math.floor((mib * MIB) / ITEM_BYTES))
    for (let filled = 0; filled < count; )
      filled = await handle.fill(filled, Math.min(FILL, count - filled), ITEM_BYTES)
    const bytes = new Uint8Array(ITEM_BYTES)
    let next = 0
    const call = (): Promise<unknown> => {
      next = (next + 7919) % count
      return handle.put(next, bytes)
    }
    await closedLoop(call, CONCURRENCY, { warmUpMs: 0, measureMs })
    const begin = performance.now()
    let collectedMs = 0
    const add = (entries: readonly PerformanceEntry[]): void => {
      for (const { duration } of entries) collectedMs += duration
    }
    const watch = new PerformanceObserver((list) => add(list.getEntries()))
    watch.observe({ entryTypes: ['gc'] })
    const { ops_per_s } = await closedLoop(call, CONCURRENCY, { warmUpMs: 0, measureMs })
    add(watch.takeRecords())
    watch.disconnect()
    const all = 1_000_000 / ops_per_s
    return { all, collections: (collectedMs / (performance.now() - begin)) * all }
  } finally {
    await Promise.all(hosts.map((host) => host.close()))
  }
}
