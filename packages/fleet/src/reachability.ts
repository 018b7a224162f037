/** Which of the other hosts this one reaches. What it can't reach it tells the registry; nobody is given up by one host's word (F100). */
import type { Cancel } from '@rafted/contracts'
import type { FleetContext } from './fleet-host.ts'
import { CONTROL } from './registry/raft-names.ts'

const ASK_MS = 1000
/** A host that has not answered for so long is out of reach. */
const SILENT_MS = 5000
const CALL_MS = 3000

export class Reachability {
  readonly #context: FleetContext
  /** When each was heard of last. */
  readonly #heard = new Map<string, number>()
  readonly #asking = new Set<string>()
  #isTelling = false
  #timer: Cancel | null = null
  #closed = false

  constructor(context: FleetContext) {
    this.#context = context
  }

  open(): void {
    if (this.#closed) return
    this.#timer = this.#context.clock.after(ASK_MS, () => {
      this.#round()
      this.open()
    })
  }

  #round(): void {
    const { view, host, clock } = this.#context
    const { state } = view
    if (state === null || !state.hosts.has(host.id)) return
    for (const id of this.#heard.keys()) if (!state.hosts.has(id)) this.#heard.delete(id)
    for (const { id, address } of state.hosts.values()) {
      if (id === host.id) continue
      if (!this.#heard.has(id)) this.#heard.set(id, clock.now())
      if (!this.#asking.has(id)) void this.#ask(id, address)
    }
    void this.#tell()
  }

  async #ask(id: string, address: string): Promise<void> {
    const { host, clock } = this.#context
    this.#asking.add(id)
    const request = { kind: 'locate', group: CONTROL, incarnation: null } as const
    const response = await host.link.call(address, request, ASK_MS)
    this.#asking.delete(id)
    const isSilent = response.kind === 'error' && SILENCE.has(response.code)
    if (!isSilent) this.#heard.set(id, clock.now())
  }

  /** Those that are silent now. */
  get unreachable(): string[] {
    const now = this.#context.clock.now()
    return [...this.#heard].filter(([, at]) => now - at > SILENT_MS).map(([id]) => id)
  }

  async #tell(): Promise<void> {
    const { view, host, control } = this.#context
    const told = Object.keys(view.state?.observations.get(host.id)?.unreachable ?? {})
    const silent = this.unreachable
    const isSame = told.length === silent.length && silent.every((id) => told.includes(id))
    if (isSame || this.#isTelling || this.#closed) return
    this.#isTelling = true
    try {
      await control.with({ timeoutMs: CALL_MS }).observe(host.id, silent)
    } catch {
      // Said again in the next round, if it is still so.
    } finally {
      this.#isTelling = false
    }
  }

  close(): void {
    this.#closed = true
    this.#timer?.()
  }
}

const SILENCE: ReadonlySet<string> = new Set(['unreachable', 'timeout', 'closed', 'aborted'])
