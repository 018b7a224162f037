/** In the worker: backups that the application's thread takes, piece by piece, each when it is asked for. */
import { RaftedError } from '@rafted/contracts'
import type { BackupOptions } from '../backup/backup.ts'
import type { Host } from '../host.ts'

/** Backups that may be under way. */
const MAX_BACKUPS = 64

export class ServedBackups {
  readonly #host: Pick<Host, 'backup'>
  readonly #underWay = new Map<number, AsyncIterator<Uint8Array>>()

  constructor(host: Pick<Host, 'backup'>) {
    this.#host = host
  }

  /** @param backup a number of the asker's. @returns its next piece, null behind the last one. @throws {RaftedError} what `Host.backup` throws; `overloaded`. */
  async next(backup: number, group: string, options: BackupOptions | undefined): Promise<Uint8Array | null> {
    const pieces = this.#underWay.get(backup) ?? this.#begin(backup, group, options)
    try {
      const { done, value } = await pieces.next()
      if (!done) return value
    } catch (error) {
      this.#underWay.delete(backup)
      throw error
    }
    this.#underWay.delete(backup)
    return null
  }

  /** It is not read to its end. */
  async stop(backup: number): Promise<void> {
    const pieces = this.#underWay.get(backup)
    this.#underWay.delete(backup)
    await pieces?.return?.()
  }

  #begin(backup: number, group: string, options: BackupOptions | undefined): AsyncIterator<Uint8Array> {
    if (this.#underWay.size >= MAX_BACKUPS)
      throw new RaftedError(
        'overloaded',
        `${MAX_BACKUPS} backups are being taken from this host already. Read one of them to its end first.`,
        { outcome: 'not-applied' },
      )
    const pieces = this.#host.backup(group, options)[Symbol.asyncIterator]()
    this.#underWay.set(backup, pieces)
    return pieces
  }
}
