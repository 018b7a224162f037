import { closedLoop, type Durations } from './measure.ts'
import type { Row } from './row.ts'
import type { Load, Suite } from './suite.ts'

/** Calls under way at least, before a row is measured. */
const WARM_UP = 64
/** What the calls of the warm-up have left has gone by then, milliseconds. */
const SETTLE_MS = 100

/** Measures loads of a suite, one after the other, each on a system opened for it. Every row is passed on at once. */
export async function runLoads(
  suite: Suite,
  loads: readonly Load[],
  durations: Durations,
  onRow: (row: Row) => void,
): Promise<void> {
  for (const load of loads) onRow(await runLoad(suite, load, durations))
}

async function runLoad(suite: Suite, load: Load, durations: Durations): Promise<Row> {
  const target = await suite.open({ size: load.size, read: load.read ?? suite.reads[0]! })
  const payload = new Uint8Array(load.size).fill(0x61)
  const call = load.op === 'command' ? () => target.command(payload) : () => target.query()
  try {
    // At first the engine interprets: one call at a time, it would take half a minute until what runs for every call is compiled.
    await closedLoop(call, Math.max(WARM_UP, load.concurrency), {
      warmUpMs: 0,
      measureMs: durations.warmUpMs,
    })
    const figures = await closedLoop(call, load.concurrency, { ...durations, warmUpMs: SETTLE_MS })
    const { system, config } = suite
    const { op, read, size, concurrency } = load
    return { system, config, op, read, size, concurrency, ...figures }
  } finally {
    await target.close()
  }
}
