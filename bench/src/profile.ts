/** Where the time goes: a CPU profile of one load, as the functions that took most of it themselves. */
import { Session } from 'node:inspector/promises'
import { closedLoop, type Durations } from './measure.ts'
import type { Suite } from './suite.ts'

export interface Share {
  /** Part of the profiled time, 0 to 1, that was spent in the function itself. */
  readonly self: number
  readonly name: string
  /** File and line, as the program was compiled. */
  readonly place: string
}

/** Profiles 16-byte commands. @returns the ten functions with the largest self time, largest first. */
export async function topTen(suite: Suite, concurrency: number, durations: Durations): Promise<Share[]> {
  const target = await suite.open({ size: 16, read: suite.reads[0]! })
  const payload = new Uint8Array(16).fill(0x61)
  const loop = (measureMs: number): Promise<unknown> =>
    closedLoop(() => target.command(payload), concurrency, { warmUpMs: 0, measureMs })
  try {
    await loop(durations.warmUpMs)
    return sharesOf(await profiled(() => loop(durations.measureMs))).slice(0, 10)
  } finally {
    await target.close()
  }
}

/** A CPU profile of this process while `run` runs. */
export async function profiled(run: () => Promise<unknown>): Promise<Profile> {
  const session = new Session()
  session.connect()
  try {
    await session.post('Profiler.enable')
    await session.post('Profiler.setSamplingInterval', { interval: 200 })
    await session.post('Profiler.start')
    await run()
    return (await session.post('Profiler.stop')).profile
  } finally {
    session.disconnect()
  }
}

/** As the inspector has it. */
export interface Profile {
  readonly nodes: readonly {
    readonly id: number
    readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number }
    readonly children?: readonly number[] | undefined
  }[]
  readonly samples?: readonly number[] | undefined
  readonly timeDeltas?: readonly number[] | undefined
}

function sharesOf({ nodes, samples = [], timeDeltas = [] }: Profile): Share[] {
  const spent = new Map<number, number>()
  let total = 0
  for (const [i, id] of samples.entries()) {
    const time = Math.max(0, timeDeltas[i] ?? 0)
    spent.set(id, (spent.get(id) ?? 0) + time)
    total += time
  }
  const functions = new Map<string, { self: number; name: string; place: string }>()
  for (const { id, callFrame } of nodes) {
    const name = callFrame.functionName || '(anonymous)'
    const place = `${callFrame.url.replace(/^.*?(packages|bench|node_modules)\//, '$1/')}:${callFrame.lineNumber + 1}`
    const known = functions.get(`${name} ${place}`) ?? {
      self: 0,
      name,
      place: callFrame.url === '' ? '' : place,
    }
    known.self += (spent.get(id) ?? 0) / total
    functions.set(`${name} ${place}`, known)
  }
  return [...functions.values()].sort((a, b) => b.self - a.self)
}
