/** Opens the directory that a command was called with. */
import { resolve } from 'node:path'
import { readStorage, type StoredDirectory, type StoredLog } from '@rafted/storage'
import type { Call } from './command.ts'
import { Progress } from './progress.ts'

export interface Looking {
  readonly stored: StoredDirectory
  readonly progress: Progress
}

/** Runs `use` with the directory; whatever it told of its progress is cleared when it ends. */
export async function looking<T>(
  { directory, terminal }: Call,
  use: (looking: Looking) => Promise<T>,
): Promise<T> {
  const progress = new Progress(terminal)
  try {
    const stored = await readStorage({ path: resolve(terminal.directory, directory), onRead: progress.add })
    if (terminal.watched) progress.expected = await stored.bytes()
    return await use({ stored, progress })
  } finally {
    progress.clear()
  }
}

/** Runs `use` with the log; null if there is none. */
export async function withLog<T>(
  stored: StoredDirectory,
  use: (log: StoredLog | null) => Promise<T>,
): Promise<T> {
  const log = await stored.log()
  try {
    return await use(log)
  } finally {
    await log?.close()
  }
}
