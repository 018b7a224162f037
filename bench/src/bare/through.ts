/** Files whose every write is on the disk when it is done, one write at a time. */
import { constants } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'

export function openThrough(path: string): Promise<FileHandle> {
  const { O_CREAT, O_DSYNC, O_RDWR } = constants
  return open(path, O_CREAT | O_RDWR | (O_DSYNC ?? 0), 0o600)
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
