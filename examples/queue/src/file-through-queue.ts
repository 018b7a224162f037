/** The real input: every line of a file through the queue while the leader is killed twice, then compared. */
import type { Cluster } from './cluster.ts'
import { type Comparison, compare } from './comparison.ts'
import { linesOf } from './lines.ts'
import { pump } from './pump.ts'
import { queue } from './queue.ts'
import { group } from './queue-host.ts'
import { Strikes } from './strikes.ts'

/** Commands under way at any time. */
const inFlight = 64

export interface Report extends Comparison {
  /** Lines whose command was answered. */
  readonly acknowledged: number
}

/** What the queue offers to its users, as far as it is needed here. */
interface Handle {
  enqueue(item: Uint8Array): Promise<number>
  dequeue(): Promise<Uint8Array | null>
}

/** Sends the lines of `bytes` through the queue, which is empty, of a cluster in which all is well. */
export async function fileThroughQueue(
  cluster: Cluster,
  bytes: Uint8Array,
  say: (line: string) => void,
): Promise<Report> {
  const lines = linesOf(bytes)
  await using client = await cluster.client()
  const handle = client.value(group, queue).with({ timeoutMs: 60_000 })
  const places = await enqueueAll(handle, lines, new Strikes(cluster, lines.length, inFlight, say))
  say(`  ${count(places.length)} of ${count(lines.length)} lines are acknowledged`)
  const received = await dequeueAll(handle)
  say(`  ${count(received.length)} lines came out again`)
  const wrong = places.findIndex((place, i) => place !== i)
  const comparison = compare(lines, received)
  const difference =
    comparison.difference ??
    (wrong === -1 ? null : `line ${wrong + 1} was told that ${places[wrong]} lines were before it`)
  return { ...comparison, difference, acknowledged: places.length }
}

/** @returns what each line was told: how many were before it. */
async function enqueueAll(handle: Handle, lines: readonly Uint8Array[], strikes: Strikes): Promise<number[]> {
  const places = await pump(
    lines.length,
    inFlight,
    async (i) => {
      const place = await handle.enqueue(lines[i]!)
      strikes.acknowledged(i)
      return place
    },
    (i) => strikes.before(i),
  )
  await strikes.finished()
  return places
}

/** Takes out until the queue says that it is empty. */
async function dequeueAll(handle: Handle): Promise<Uint8Array[]> {
  const received: Uint8Array[] = []
  for (;;) {
    const batch = await pump(inFlight * 64, inFlight, () => handle.dequeue())
    const items = batch.filter((item) => item !== null)
    received.push(...items)
    if (items.length < batch.length) return received
  }
}

export function count(n: number): string {
  return n.toLocaleString('en')
}
