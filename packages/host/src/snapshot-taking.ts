/**
 * When and how a member takes a snapshot of its own (thesis §5.1): once the log has outgrown the last one by `factor`, in
 * pieces between turns, so that a large value never stalls the host.
 *
 * A busy group whose value is small would take many in a second, and each is flushed by itself, which holds up the flushes of the log. So the next
 * one waits a while in proportion to what the last one took, a second at most: the log is longer by what comes in that while, and a start reads
 * no more than that again.
 *
 * One that fails, as where the disk is full, stays due: it is tried again after a while, whether or not anything is applied meanwhile.
 */
import type { Cancel, SnapshotMeta } from '@rafted/contracts'
import type { GroupSettings } from '@rafted/wire'
import { BackOff } from './back-off.ts'
import type { HostContext } from './context.ts'
import type { ReplicatedState } from './replicated-state.ts'
import { SnapshotWriter } from './snapshot-content.ts'

/** After one, so many times what it took passes before the next one … */
const REST_FACTOR = 20
/** … and no more than this, milliseconds. */
const MAX_REST_MS = 1000

/** Pauses after attempts that failed, milliseconds. */
const FIRST_PAUSE_MS = 1000
const LAST_PAUSE_MS = 60_000

/** More of a snapshot than this, given at one go, is told: to encode it has held up the process. */
const MAX_AT_ONCE_BYTES = 16 * 1024 * 1024

/** Where a snapshot ends, in the log and in replicated time, and its bytes. */
export type KeptSnapshot = Pick<SnapshotMeta, 'index' | 'time' | 'size'>

export interface SnapshotTakingOptions {
  readonly group: string
  readonly incarnation: string
  readonly host: Pick<HostContext, 'snapshots' | 'clock' | 'event'>
  readonly settings: Pick<GroupSettings, 'snapshotFactor' | 'snapshotMinBytes'>
  /** One that has failed may be due again. */
  wake(): void
}

export interface TakerOfSnapshots {
  /** One is durable; the log up to `compactTo` is no longer needed. */
  taken(meta: SnapshotMeta, compactTo: number): void
}

const NOTHING_WAITS = (): void => {}

export class SnapshotTaking {
  readonly #options: SnapshotTakingOptions
  readonly #taker: TakerOfSnapshots
  /** Bytes of log applied since the last snapshot. */
  #bytes = 0
  #last: KeptSnapshot | null = null
  /** One is being taken, or was a while ago, and the next one waits. */
  #running = false
  #stopped = false
  /** While attempts fail. */
  #backOff: BackOff | null = null
  #cancel: Cancel = NOTHING_WAITS

  constructor(options: SnapshotTakingOptions, taker: TakerOfSnapshots) {
    this.#options = options
    this.#taker = taker
  }

  /** The machine now stands on this snapshot. */
  standsOn(snapshot: KeptSnapshot): void {
    this.#bytes = 0
    this.#last = snapshot
  }

  /** The newest snapshot there is here. */
  get last(): KeptSnapshot | null {
    return this.#last
  }

  /** Bytes of the newest snapshot, 0 without one. */
  get lastSize(): number {
    return this.#last?.size ?? 0
  }

  applied(bytes: number): void {
    this.#bytes += bytes
  }

  get isDue(): boolean {
    const { snapshotFactor, snapshotMinBytes } = this.#options.settings
    const due = Math.max(snapshotMinBytes, snapshotFactor * this.lastSize)
    return !this.#running && !this.#stopped && this.#bytes > due
  }

  /** Begins one of the state as it is now. */
  take(state: ReplicatedState): void {
    const { group, incarnation, host } = this.#options
    const { index } = state.applied
    // What is applied from here on belongs to the next one.
    const bytes = this.#bytes
    this.#bytes = 0
    this.#running = true
    const begun = host.clock.now()
    this.#save(() => new SnapshotWriter(state, incarnation)).then(
      () => {
        this.#backOff = null
        this.#wait(Math.min(REST_FACTOR * (host.clock.now() - begun), MAX_REST_MS))
      },
      (error: unknown) => {
        if (this.#stopped) return
        this.#bytes += bytes
        host.event({ kind: 'snapshot', level: 'error', group, what: 'failed', index, bytes: 0, error })
        this.#backOff ??= new BackOff(FIRST_PAUSE_MS, LAST_PAUSE_MS)
        this.#wait(this.#backOff.failed())
      },
    )
  }

  /** Until then none is due. */
  #wait(ms: number): void {
    if (ms > 0 && !this.#stopped)
      this.#cancel = this.#options.host.clock.after(ms, () => {
        this.#cancel = NOTHING_WAITS
        this.#running = false
        this.#options.wake()
      })
    else this.#running = false
  }

  async #save(begin: () => SnapshotWriter): Promise<void> {
    const { group, host } = this.#options
    const { snapshots, clock, event } = host
    const begun = clock.now()
    const writer = begin()
    const ms = clock.now() - begun
    const meta = await snapshots.save(group, this.#pieces(writer), () => writer.meta())
    const { atOnceBytes: bytes, index } = writer
    if (bytes > MAX_AT_ONCE_BYTES) event({ kind: 'snapshot-at-once', level: 'warn', group, index, bytes, ms })
    if (this.#stopped) return
    const kept = await snapshots.list(group)
    if (this.#stopped) return
    // The newest may be the leader's, which has come meanwhile; where that made it needless, the store has dropped this one.
    this.#last = kept[0] ?? meta
    if (!kept.some(({ index }) => index === meta.index)) return
    event({ kind: 'snapshot', level: 'info', group, what: 'taken', index: meta.index, bytes: meta.size })
    // Compaction never passes the older of the two that are kept: if the newest can't be read, the log goes on from there.
    this.#taker.taken(meta, kept[1]?.index ?? 0)
  }

  async *#pieces(writer: SnapshotWriter): AsyncGenerator<Uint8Array> {
    for (const chunk of writer) {
      yield chunk
      await new Promise<void>((resolve) => this.#options.host.clock.soon(resolve))
      if (this.#stopped) throw new Error('the member has stopped')
    }
  }

  stop(): void {
    this.#stopped = true
    this.#cancel()
  }
}
