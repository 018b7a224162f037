/** The lock of an owner: beats, and looks whether it is still its own. */
import { join } from 'node:path'
import { type Cancel, type FileHandle, RaftedError } from '@rafted/contracts'
import type { DirectoryLock } from './directory-lock.ts'
import {
  type Claim,
  type ClaimState,
  ClaimText,
  claimName,
  decodeClaim,
  listClaims,
  readClaim,
} from './lock-claim.ts'
import { released, takenAway } from './lock-refusals.ts'
import type { LockSetting } from './lock-setting.ts'
import type { Listener } from './machine.ts'
import { codeOf, MAX_BYTES } from './text-record.ts'

/** Beats in an interval. More than one, so that an owner that is in time is never stale. */
const BEATS = 2

export class HeldLock implements DirectoryLock {
  readonly #setting: LockSetting
  readonly #generation: number
  readonly #listener: Listener
  readonly #lost: (error: RaftedError) => void
  readonly #nonce: string
  readonly #text: ClaimText
  #beats: number
  /** What the lock file should hold. */
  #written: Uint8Array = new Uint8Array(0)
  /** By our clock, a moment at which the lock was our own. */
  #knownAt = Number.NEGATIVE_INFINITY
  #failure: RaftedError | null = null
  #release: Promise<void> | null = null
  #cancel: Cancel = () => {}
  /** The beat under way. */
  #beat: Promise<void> = Promise.resolve()

  constructor(
    setting: LockSetting,
    generation: number,
    claim: Claim,
    listener: Listener,
    lost: (error: RaftedError) => void,
  ) {
    this.#setting = setting
    this.#generation = generation
    this.#nonce = claim.nonce
    this.#text = new ClaimText(claim)
    this.#beats = claim.beats
    this.#listener = listener
    this.#lost = lost
  }

  /** The first beat, which says that the directory is held. */
  async begin(): Promise<void> {
    await this.#write('held')
    this.#schedule()
  }

  get isStale(): boolean {
    return this.#failure !== null || this.#setting.clock.now() - this.#knownAt > this.#setting.interval
  }

  async check(): Promise<void> {
    if (this.#failure !== null) throw this.#failure
    if (this.#release !== null) throw released(this.#setting.directory)
    const { fileSystem, directory, clock } = this.#setting
    const now = clock.now()
    const found = await readClaim(fileSystem, directory, this.#generation).catch((error: unknown) => {
      throw unreadable(directory, error)
    })
    await this.#verify(found, now)
  }

  release(): Promise<void> {
    this.#release ??= this.#giveBack()
    return this.#release
  }

  async #giveBack(): Promise<void> {
    this.#cancel()
    await this.#beat
    // If it can't be written, the closed socket says it, too.
    if (this.#failure === null) await this.#write('left').catch(() => {})
    await this.#listener.close()
  }

  #schedule(): void {
    const { clock, interval } = this.#setting
    if (this.#failure !== null || this.#release !== null) return
    this.#cancel = clock.after(interval / BEATS, () => {
      this.#beat = this.#write('held')
        // Tried again: until it succeeds the lock is stale, so that whoever writes meets the error itself.
        .catch(() => {})
        .then(() => this.#schedule())
    })
  }

  /** Writes only into the file that was found to be our own: what is read and what is written is one handle's. */
  async #write(state: ClaimState): Promise<void> {
    const { fileSystem, directory, clock } = this.#setting
    const now = clock.now()
    const path = join(directory, claimName(this.#generation))
    // Through to the disk, for other machines that share the directory: they don't see what waits in this one's memory.
    const file = await fileSystem.open(path, 'write', true).catch((error: unknown) => {
      if (codeOf(error) === 'ENOENT') return null
      throw error
    })
    if (file === null) return await this.#verify(null, now)
    try {
      const bytes = await file.read(0, MAX_BYTES)
      // What was written last is known without a look at what it says.
      if (Buffer.compare(bytes, this.#written) === 0) this.#knownAt = now
      else await this.#verify(decodeClaim(bytes, path), now)
      await this.#overwrite(file, state)
    } finally {
      await file.close()
    }
  }

  async #overwrite(file: FileHandle, state: ClaimState): Promise<void> {
    this.#written = this.#text.encode(state, ++this.#beats)
    await file.write([this.#written], 0)
  }

  /** @param now a moment before `found` was read. */
  async #verify(found: Claim | 'unreadable' | null, now: number): Promise<void> {
    if (this.#failure !== null) throw this.#failure
    if (found !== null && found !== 'unreadable' && found.nonce === this.#nonce) {
      this.#knownAt = now
      return
    }
    this.#knownAt = Number.NEGATIVE_INFINITY
    const failure = takenAway(this.#setting.directory, await this.#successor())
    if (this.#failure === null) {
      this.#failure = failure
      this.#cancel()
      this.#lost(failure)
    }
    throw this.#failure
  }

  /** Who has the directory now, as far as it can be told. */
  async #successor(): Promise<Claim | null> {
    const { fileSystem, directory } = this.#setting
    try {
      const last = (await listClaims(fileSystem, directory)).at(-1)
      const claim = last === undefined ? null : await readClaim(fileSystem, directory, last)
      return claim === 'unreadable' ? null : claim
    } catch {
      return null
    }
  }
}

function unreadable(directory: string, cause: unknown): RaftedError {
  return new RaftedError(
    'storage-failed',
    `The lock of the directory ${directory} can't be read (${codeOf(cause) ?? String(cause)}). Look at its disk.`,
    { outcome: 'not-applied', details: { directory }, cause },
  )
}
