/** Runs one seed after the other: in this thread, or side by side in threads that run the command's own file. */
import { once } from 'node:events'
import { cpus } from 'node:os'
import { fileURLToPath } from 'node:url'
import { parentPort, Worker } from 'node:worker_threads'

export interface Seeds {
  readonly from: number
  readonly count: number
  /** No seed begins after this, but the first. Milliseconds since the epoch. */
  readonly end: number
  readonly workers: number
}

/** A run, and the processor time it took, milliseconds. */
export interface Timed<Result> {
  readonly result: Result
  readonly cpuMs: number
}

/** What runs a seed, by what it is told beside it. */
export type RunSeed<Order, Result> = (order: Order & { readonly seed: number }) => Promise<Result>

/** @param command the file that is run, by its URL: it calls `serveSeeds` in any other thread than the main one. */
export async function runSeeds<Order, Result>(
  command: string,
  { from, count, end, workers }: Seeds,
  order: Order,
  run: RunSeed<Order, Result>,
  done: (done: Timed<Result>) => void,
): Promise<void> {
  let next = from
  const hasNext = (): boolean => next < from + count && (Date.now() < end || next === from)
  const threads = Math.min(workers, cpus().length, count)
  if (threads <= 1) {
    while (hasNext()) done(await timed(run, { ...order, seed: next++ }))
    return
  }
  const all = Array.from({ length: threads }, async () => {
    const worker = new Worker(fileURLToPath(command))
    while (hasNext()) {
      worker.postMessage({ ...order, seed: next++ })
      const [answer] = (await once(worker, 'message')) as [Timed<Result>]
      done(answer)
    }
    await worker.terminate()
  })
  await Promise.all(all)
}

/** In such a thread: runs what it is told to. */
export function serveSeeds<Order, Result>(run: RunSeed<Order, Result>): void {
  parentPort!.on('message', (order: Order & { readonly seed: number }) => {
    void timed(run, order).then(
      (done) => parentPort!.postMessage(done),
      (error: unknown) => {
        throw error
      },
    )
  })
}

export async function timed<Order, Result>(
  run: RunSeed<Order, Result>,
  order: Order & { readonly seed: number },
): Promise<Timed<Result>> {
  const before = performance.eventLoopUtilization().active
  const result = await run(order)
  return { result, cpuMs: performance.eventLoopUtilization().active - before }
}
