/** A thread that writes a block where it is told, through to the disk; told by a message, or by a number in shared memory. */
import { writeSync } from 'node:fs'
import { parentPort, workerData } from 'node:worker_threads'

export interface WriterData {
  readonly fd: number
  readonly block: Uint8Array
  /** Blocks that are wanted, and that are written; null: messages say it. */
  readonly counts: Int32Array | null
}

const { fd, block, counts } = workerData as WriterData

if (counts === null)
  parentPort!.on('message', (written: number) => {
    write(written)
    parentPort!.postMessage(null)
  })
else
  for (let written = 0; ; written++) {
    Atomics.wait(counts, 0, written)
    write(written)
    Atomics.store(counts, 1, written + 1)
    Atomics.notify(counts, 1)
  }

function write(written: number): void {
  writeSync(fd, block, 0, block.byteLength, written * block.byteLength)
}
