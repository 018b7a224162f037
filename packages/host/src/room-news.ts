/** Tells a core whether the store has room, whenever that has changed. */
import type { Core } from '@rafted/core'
import type { HostContext } from './context.ts'

export class RoomNews {
  readonly #logs: Pick<HostContext['logs'], 'room'>
  readonly #core: Core
  /** What the core was told last. */
  #hasRoom = true

  constructor(logs: Pick<HostContext['logs'], 'room'>, core: Core) {
    this.#logs = logs
    this.#core = core
  }

  /** Looked at for each drain. A leader is drained for each heartbeat, so its core learns of it soon enough. */
  look(now: number): void {
    const ok = this.#logs.room() === 'ok'
    if (ok === this.#hasRoom) return
    this.#hasRoom = ok
    this.#core.step({ kind: 'room', ok }, now)
  }
}
