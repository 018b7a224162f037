/** How groups stand on this host. */
import type { Subscription } from '@rafted/contracts'
import type { Local } from './decide.ts'
import type { FleetContext } from './fleet-host.ts'
import { isPersistedGroup, parseRaftName } from './registry/raft-names.ts'
import { keepingOf } from './registry/records.ts'

export class Locals {
  readonly #context: FleetContext
  /** Of which something is, or may be, stored here. */
  readonly #held = new Set<string>()
  /** What runs here, and whether the host was told that what it held of it before is lost. */
  readonly #running = new Map<string, boolean>()
  /** Since when a member here leads, and knows all that was decided before. */
  readonly #serving = new Map<string, number>()
  readonly #subscriptions: Subscription[]

  /** @param changed is told when a member here stands otherwise. */
  constructor(context: FleetContext, changed: (raft: string) => void) {
    this.#context = context
    const { host, clock } = context
    const look = ({ group }: { readonly group: string }): void => {
      if (parseRaftName(group) !== null) changed(group)
    }
    this.#subscriptions = [
      host.on('leadership-gained', (event) => {
        this.#serving.set(event.group, clock.now())
        look(event)
      }),
      host.on('leadership-lost', (event) => {
        this.#serving.delete(event.group)
        look(event)
      }),
      host.on('configuration', look),
      host.on('member-stopped', look),
    ]
  }

  /** Groups that are no fleet's are none of its business. */
  async open(): Promise<readonly string[]> {
    const held = (await this.#context.host.held()).filter((raft) => parseRaftName(raft) !== null)
    for (const raft of held) this.#held.add(raft)
    return held
  }

  /** All that this host has to do with. */
  get all(): Set<string> {
    return new Set([...this.#held, ...this.#running.keys()])
  }

  isKnown(raft: string): boolean {
    return this.#held.has(raft) || this.#running.has(raft)
  }

  /** Groups that are led here. */
  get served(): readonly string[] {
    return [...this.#serving.keys()].filter((raft) => this.#running.has(raft))
  }

  of(raft: string): Local {
    const { host, view, clock } = this.#context
    const since = this.#serving.get(raft)
    const record = view.state?.hosts.get(host.id)
    const isPersisted = isPersistedGroup(raft)
    const isRunning = this.#running.has(raft)
    const status = isRunning ? host.status(raft) : null
    // Who waits for a group has nothing of it.
    if (status !== null) this.#held.add(raft)
    else if (isRunning) this.#held.delete(raft)
    return {
      host: host.id,
      isHeld: this.#held.has(raft),
      isRunning,
      status,
      isServing: since !== undefined,
      life: host.keeps(raft).life,
      enrolledLife: record === undefined ? null : keepingOf(record, { isPersisted }).life,
      formerLost: record?.formerLost === true || !isPersisted,
      knowsFormerLost: this.#running.get(raft) === true,
      leadsForMs: since === undefined ? 0 : clock.now() - since,
    }
  }

  /** @param formerLost as the host was told. */
  started(raft: string, formerLost: boolean): void {
    this.#running.set(raft, formerLost)
  }

  stopped(raft: string): void {
    this.#running.delete(raft)
    this.#serving.delete(raft)
  }

  forgotten(raft: string): void {
    this.stopped(raft)
    this.#held.delete(raft)
  }

  close(): void {
    for (const end of this.#subscriptions) end()
  }
}
