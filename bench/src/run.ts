import { closedLoop, type Durations } from './measure.ts'
import type { Row } from './row.ts'
import { type Load, loadsOf, type Suite } from './suite.ts'

/** Measures all loads of a suite, one after the other, each on a system opened for it. Every row is passed on at once. */
export async function runSuite(
  suite: Suite,
  durations: Durations,
  onRow: (row: Row) => void,
  wanted: (load: Load) => boolean = () => true,
): Promise<void> {
  for (const load of loadsOf(suite).filter(wanted)) onRow(await runLoad(suite, load, durations))
}

async function runLoad(suite: Suite, load: Load, durations: Durations): Promise<Row> {
  const target = await suite.open({ size: load.size, read: load.read ?? suite.reads[0]! })
  const payload = new Uint8Array(load.size).fill(0x61)
  const call = load.op === 'command' ? () => target.command(payload) : () => target.query()
  try {
    const figures = await closedLoop(call, load.concurrency, durations)
    const { system, config } = suite
    const { op, read, size, concurrency } = load
    return { system, config, op, read, size, concurrency, ...figures }
  } finally {
    await target.close()
  }
}
