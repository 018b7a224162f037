/** A file system whose every step waits for its turn, drawn from a seed: what two users of it do is mixed in every order. */
import type { FileHandle, FileSystem } from '@rafted/contracts'

/** Draws who of those who wait goes on. */
export class Turns {
  #waiting: (() => void)[] = []
  readonly #draw: (below: number) => number
  #running = false

  constructor(draw: (below: number) => number) {
    this.#draw = draw
  }

  next(): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve)
      if (this.#running) return
      this.#running = true
      void this.#run()
    })
  }

  async #run(): Promise<void> {
    for (;;) {
      // Whatever follows in memory from the last step happens before the next.
      for (let i = 0; i < 100; i++) await Promise.resolve()
      if (this.#waiting.length === 0) break
      this.#waiting.splice(this.#draw(this.#waiting.length), 1)[0]!()
    }
    this.#running = false
  }
}

export function interleaved(files: FileSystem, turns: Turns): FileSystem {
  const inTurn =
    <A extends unknown[], T>(run: (...args: A) => Promise<T>) =>
    async (...args: A): Promise<T> => {
      await turns.next()
      return await run(...args)
    }
  return {
    open: inTurn(async (path, mode, through) =>
      interleavedFile(await files.open(path, mode, through), turns, inTurn),
    ),
    list: inTurn((directory) => files.list(directory)),
    makeDirectory: inTurn((path) => files.makeDirectory(path)),
    rename: inTurn((from, to) => files.rename(from, to)),
    remove: inTurn((path) => files.remove(path)),
    syncDirectory: inTurn((path) => files.syncDirectory(path)),
    exists: inTurn((path) => files.exists(path)),
    free: (path) => files.free(path),
  }
}

function interleavedFile(
  file: FileHandle,
  turns: Turns,
  inTurn: <A extends unknown[], T>(run: (...args: A) => Promise<T>) => (...args: A) => Promise<T>,
): FileHandle {
  return {
    /** In halves: a reader may see the one without the other. */
    async write(parts, position) {
      const bytes = Buffer.concat(parts)
      const half = Math.ceil(bytes.length / 2)
      await turns.next()
      await file.write([bytes.subarray(0, half)], position)
      await turns.next()
      await file.write([bytes.subarray(half)], position + half)
    },
    /** In halves too: much may be written between them. */
    async read(position, length) {
      await turns.next()
      const half = Math.ceil(length / 2)
      const first = await file.read(position, half)
      await turns.next()
      return Buffer.concat([first, await file.read(position + half, length - half)])
    },
    sync: inTurn(() => file.sync()),
    truncate: inTurn((length) => file.truncate(length)),
    size: inTurn(() => file.size()),
    close: () => file.close(),
  }
}
