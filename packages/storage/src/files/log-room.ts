/** How much room is left: looked up now and then, since asking the disk takes longer than a write may. */
import type { Clock, FileSystem, Room } from '@rafted/contracts'

/** With less than this free on the disk no new proposals are taken: what is under way, and snapshots, still fit. */
const LOW_BYTES = 256 * 1024 * 1024
const FULL_BYTES = 64 * 1024 * 1024
/** Part of the quota, in the place of the former. */
const LOW_QUOTA_PART = 0.1
/** Once room was short, it must be so much above the bound to be enough again: next to it, room would come and go, and leaders with it. */
const ENOUGH_AGAIN = 1.25
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
  #quota: Room = 'ok'
  #askedAt = 0
  #asking = false
  #closed = false
  #cancel: (() => void) | null = null

  constructor(options: LogRoomOptions) {
    this.#o = options
  }

  get now(): Room {
    if (this.#o.isWaiting() || this.#disk === 'full' || this.#quota === 'full') return 'full'
    return this.#disk === 'low' ? 'low' : this.#quota
  }

  /** A batch was written. */
  look(): void {
    this.#measure()
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
    this.#measure()
    const free = await this.#o.fileSystem.free(this.#o.path).catch(() => null)
    this.#asking = false
    this.#disk = free === null ? 'ok' : roomIn(free, LOW_BYTES, FULL_BYTES, this.#disk)
    if (this.#disk === 'ok' || this.#closed || this.#cancel !== null) return
    this.#cancel = this.#o.clock.after(ASK_EVERY_MS, () => {
      this.#cancel = null
      void this.ask()
    })
  }

  #measure(): void {
    const { quotaBytes } = this.#o
    this.#quota = roomIn(quotaBytes - this.#o.bytes(), quotaBytes * LOW_QUOTA_PART, 1, this.#quota)
  }
}

/** @param low with fewer free bytes room is short, @param full with fewer there is none. @param before how it stood. */
function roomIn(free: number, low: number, full: number, before: Room): Room {
  if (free < (before === 'full' ? full * ENOUGH_AGAIN : full)) return 'full'
  return free < (before === 'ok' ? low : low * ENOUGH_AGAIN) ? 'low' : 'ok'
}
