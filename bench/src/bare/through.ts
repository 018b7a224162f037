/** Files whose every write is on the disk when it is done, one write at a time. */
import { constants } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'

export function openThrough(path: string): Promise<FileHandle> {
  const { O_CREAT, O_DSYNC, O_RDWR } = constants
  return open(path, O_CREAT | O_RDWR | (O_DSYNC ?? 0), 0o600)
}

/** All that comes in a turn of the event loop, at its end: a socket gives what it has in pieces of 64 KiB. */
export function atEndOfTurn<T>(take: (gathered: readonly T[]) => void): (item: T) => void {
  let gathered: T[] = []
  const run = (): void => {
    const now = gathered
    gathered = []
    take(now)
  }
  return (item) => {
    if (gathered.push(item) === 1) setImmediate(run)
  }
}

/** What comes while one write is under way gathers for the next. */
export function oneAtATime<T>(write: (gathered: readonly T[]) => Promise<void>): (item: T) => void {
  let gathered: T[] = []
  let isWriting = false
  const run = async (): Promise<void> => {
    isWriting = true
    while (gathered.length > 0) {
      const now = gathered
      gathered = []
      await write(now)
    }
    isWriting = false
  }
  return (item) => {
    gathered.push(item)
    if (!isWriting) void run()
  }
}
