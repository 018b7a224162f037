/** This host's member of the control group: each host of the fleet has one, as a learner unless it is chosen to vote. */
import type { Cancel, Subscription } from '@rafted/contracts'
import type { GroupOptions } from '@rafted/host'
import { type FleetContext, tell } from './fleet-host.ts'
import { addressesFor } from './looking.ts'
import { CONTROL } from './registry/raft-names.ts'

const AGAIN_MS = 1000
/** Of the newest entries in memory. What was decided is applied at once; for who was away longer they are read from the log. */
const TAIL_BYTES = 256 * 1024

export class ControlMember {
  readonly #context: FleetContext
  readonly #options: GroupOptions
  readonly #subscriptions: Subscription[]
  #refusal: unknown = null
  #timer: Cancel | null = null
  #closed = false

  /**
   * @param formerData lost: a person says that what this host kept is.
   * @param changed is told when the control group may count on it otherwise.
   */
  constructor(
    context: FleetContext,
    join: () => readonly string[],
    formerData: 'lost' | undefined,
    changed: () => void,
  ) {
    this.#context = context
    const { host, view } = context
    this.#options = {
      machine: view.machine(),
      join: () => addressesFor(context, join, CONTROL),
      learner: true,
      settings: { tailBytes: TAIL_BYTES },
      ...(formerData === undefined ? {} : { formerData }),
    }
    this.#subscriptions = [
      host.on('configuration', ({ group }) => {
        if (group === CONTROL) changed()
      }),
      host.on('join', ({ group, error }) => {
        if (group === CONTROL && isMemberLost(error)) this.#refusal = error
      }),
      host.on('member-stopped', ({ group, reason }) => {
        if (group === CONTROL && reason === 'member-removed') void this.#rejoin()
      }),
    ]
  }

  /** Why this host is not let in, or null. */
  get refusal(): unknown {
    return this.#refusal
  }

  /** Whether the control group counts on it. */
  get votes(): boolean {
    const status = this.#context.host.status(CONTROL)
    return status?.configuration?.configuration.voters.some(({ id }) => id === status.member) === true
  }

  async open(): Promise<void> {
    await this.#context.host.group(CONTROL, this.#options)
  }

  /** A person's act. */
  async create(options: { readonly unreachable?: 'checked' }): Promise<void> {
    const { host, control } = this.#context
    // By a call that came no further. Nobody else would ever write the first entry (F99f).
    if (!this.#isCreatedOnly) await host.createGroup(CONTROL, { ...this.#options, ...options })
    // The first entry: whoever has applied it has found a fleet.
    await control.changeSettings({})
  }

  /** The control group is this member alone, and nothing stands in the registry. */
  get #isCreatedOnly(): boolean {
    const { host, view } = this.#context
    const status = host.status(CONTROL)
    const voters = status?.configuration?.configuration.voters ?? []
    return view.state === null && voters.length === 1 && voters[0]!.id === status!.member
  }

  /** A host that was given up while it was away: its former member is none any more, and another one learns what has become of the fleet. */
  async #rejoin(): Promise<void> {
    if (this.#closed) return
    const { host, clock } = this.#context
    try {
      await host.discard(CONTROL)
      await this.open()
    } catch (error) {
      if (this.#closed) return
      tell(this.#context, 'warn', 'it can not join the control group again yet', host.id, error)
      this.#timer = clock.after(AGAIN_MS, () => void this.#rejoin())
    }
  }

  close(): void {
    this.#closed = true
    this.#timer?.()
    for (const end of this.#subscriptions) end()
  }
}

/** Whether a member is refused to this host since the files of its former one have gone. */
function isMemberLost(error: unknown): boolean {
  return (error as { readonly code?: unknown } | null)?.code === 'member-lost'
}
