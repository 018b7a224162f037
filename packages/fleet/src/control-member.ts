/** This host's member of the control group: each host of the fleet has one, as a learner unless it is chosen to vote. */
import type { Cancel, Subscription } from '@rafted/contracts'
import type { GroupOptions } from '@rafted/host'
import { type FleetContext, tell } from './fleet-host.ts'
import { addressesFor } from './looking.ts'
import { CONTROL } from './registry/raft-names.ts'

const AGAIN_MS = 1000
/** That a configuration is committed is told by nobody: it is looked again. */
const SETTLES_MS = 100
/** Of the newest entries in memory. What was decided is applied at once; for who was away longer they are read from the log. */
const TAIL_BYTES = 256 * 1024

export class ControlMember {
  readonly #context: FleetContext
  readonly #options: GroupOptions
  readonly #subscriptions: Subscription[]
  readonly #changed: () => void
  #refusal: unknown = null
  #timer: Cancel | null = null
  #settling: Cancel | null = null
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
    this.#changed = changed
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
        if (group === CONTROL) this.#onConfiguration()
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

  /** Whether the control group counts on it, or may: as long as a change of its members is not committed, the former ones vote. */
  get votes(): boolean {
    const status = this.#context.host.status(CONTROL)
    if (status?.configuration == null) return false
    const { voters, outgoing } = status.configuration.configuration
    return !isSettled(status) || [...voters, ...(outgoing ?? [])].some(({ id }) => id === status.member)
  }

  #onConfiguration(): void {
    this.#settling?.()
    this.#settling = null
    if (this.#closed) return
    const { host, clock } = this.#context
    const status = host.status(CONTROL)
    if (status === null || isSettled(status)) this.#changed()
    else this.#settling = clock.after(SETTLES_MS, () => this.#onConfiguration())
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
    this.#settling?.()
    for (const end of this.#subscriptions) end()
  }
}

type MemberStatus = NonNullable<ReturnType<FleetContext['host']['status']>>

/** Whether its configuration is committed, as far as is known here. */
function isSettled({ configuration, commitIndex }: MemberStatus): boolean {
  return configuration === null || configuration.index <= commitIndex
}

/** Whether a member is refused to this host since the files of its former one have gone. */
function isMemberLost(error: unknown): boolean {
  return (error as { readonly code?: unknown } | null)?.code === 'member-lost'
}
