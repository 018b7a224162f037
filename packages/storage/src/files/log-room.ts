/** How much room is left: looked up now and then, since asking the disk takes longer than a write may. */
import type { Clock, FileSystem, Room } from '@rafted/contracts'

/** With less than this free on the disk no new proposals are taken: what is under way, and snapshots, still fit. */
const LOW_BYTES = 256 * 1024 * 1024
const FULL_BYTES = 64 * 1024 * 1024
/** The disk is asked again after so many bytes, and, where room is short, after so many milliseconds. */
const ASK_EVERY_BYTES = 8 * 1024 * 1024
const ASK_EVERY_MS = 1000

export interface LogRoomOptions {
  readonly fileSystem: FileSystem
  readonly clock: Clock
  readonly path: string
  readonly quotaBytes: number
  /** How many the log takes. */
  bytes(): number
  /** A write waits for room. */
  isWaiting(): boolean
}

export class LogRoom {
  readonly #o: LogRoomOptions
  #disk: Room = 'ok'
  #askedAt = 0
  #asking = false
  #closed = false
  #cancel: (() => void) | null = null

  constructor(options: LogRoomOptions) {
    this.#o = options
  }

  get now(): Room {
    const { quotaBytes } = this.#o
    const bytes = this.#o.bytes()
    if (this.#o.isWaiting() || this.#disk === 'full' || bytes >= quotaBytes) return 'full'
    return this.#disk === 'low' || bytes >= quotaBytes * 0.9 ? 'low' : 'ok'
  }

  /** A batch was written. */
  look(): void {
    if (Math.abs(this.#o.bytes() - this.#askedAt) >= ASK_EVERY_BYTES) void this.ask()
  }

  close(): void {
    this.#closed = true
    this.#cancel?.()
  }

  /** Looks at the disk. */
  async ask(): Promise<void> {
    if (this.#asking || this.#closed) return
    this.#asking = true
    this.#askedAt = this.#o.bytes()
    const free = await this.#o.fileSystem.free(this.#o.path).catch(() => null)
    this.#asking = false
    this.#disk = free === null || free >= LOW_BYTES ? 'ok' : free >= FULL_BYTES ? 'low' : 'full'
    if (this.#disk === 'ok' || this.#closed || this.#cancel !== null) return
    this.#cancel = this.#o.clock.after(ASK_EVERY_MS, () => {
      this.#cancel = null
      void this.ask()
    })
  }
}
