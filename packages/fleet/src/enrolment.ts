/** Whether this host takes part in the fleet, and that the registry says so for as long as it does. */
import { type Cancel, drawId, isRaftedError } from '@rafted/contracts'
import { asked, isInUse } from './failures.ts'
import { type FleetContext, tell } from './fleet-host.ts'
import { raftName } from './registry/raft-names.ts'
import type { HostRecord } from './registry/records.ts'
import type { RegistryState } from './registry/state.ts'

const AGAIN_MS = 1000
const CALL_MS = 5000
/** Groups of these names never exist: they tell how groups are kept. */
const ANY = { machine: 'any', name: 'any' }
const INCARNATION = '0'.repeat(32)

type Told = Omit<HostRecord, 'isDraining'>

export class Enrolment {
  readonly #context: FleetContext
  readonly #process: string
  readonly #formerLost: boolean
  #place: Pick<HostRecord, 'zone' | 'capacity'> | null = null
  /** The version of the registry that has this process first. */
  #at = 0
  /** It is to hold nothing any more, also after it was given up meanwhile. */
  #isToDrain = false
  readonly #stopWatching: () => void
  #timer: Cancel | null = null
  #isAsking = false
  /** The registry may say that it takes part no more before it is known here that this was done (F101d). */
  #isLeaving = false
  #hasEnded = false

  constructor(context: FleetContext, formerLost: boolean) {
    this.#context = context
    this.#formerLost = formerLost
    this.#process = drawId(context.random)
    this.#stopWatching = context.view.onChange(({ hosts }) => {
      if (hosts) void this.#look()
    })
  }

  /** Whether this process has ended its part, and has not been told to take part again since. */
  get hasEnded(): boolean {
    return this.#hasEnded
  }

  /** Whether this process takes part, or is to. */
  get isActive(): boolean {
    return this.#place !== null
  }

  /** @throws {RaftedError} what the registry refuses it with. */
  async enrol(place: Pick<HostRecord, 'zone' | 'capacity'>, timeoutMs: number): Promise<void> {
    this.#at = await asked(this.#context.control.with({ timeoutMs }).enrol(this.#record(place)))
    this.#place = place
    this.#hasEnded = false
  }

  /** It is given nothing any more, from when the registry says so on. @throws {RaftedError} what the registry refuses it with. */
  async drain(timeoutMs: number): Promise<void> {
    this.#isToDrain = true
    try {
      await asked(this.#context.control.with({ timeoutMs }).drain(this.#context.host.id))
    } catch (error) {
      // It was given up just then: when it takes part again, it is asked for again.
      if (!isRaftedError(error, 'inactive')) throw error
    }
  }

  /** Whether this registry has it as one that is given nothing any more. */
  isDraining({ hosts }: RegistryState): boolean {
    const known = hosts.get(this.#context.host.id)
    return known?.process === this.#process && known.isDraining
  }

  /** It takes part no more, unless a group is to be here again: then it still does. @throws {RaftedError} what the registry refuses it with: so it does, too. */
  async withdraw(timeoutMs: number): Promise<void> {
    this.#isLeaving = true
    try {
      const call = this.#context.control.with({ timeoutMs })
      await asked(call.withdraw(this.#context.host.id, this.#process, false))
      this.#place = null
      this.#isToDrain = false
      this.#hasEnded = true
    } catch (error) {
      if (!isInUse(error)) throw error
    } finally {
      this.#isLeaving = false
      void this.#look()
    }
  }

  #record({ zone, capacity }: Pick<HostRecord, 'zone' | 'capacity'>): Told {
    const { host, machines } = this.#context
    const versions = Object.entries(machines).map(
      ([name, { oldestVersion, version }]) => [name, [oldestVersion, version]] as const,
    )
    const keeps = (isPersisted: boolean) => host.keeps(raftName({ ...ANY, isPersisted }, INCARNATION))
    return {
      id: host.id,
      zone,
      capacity,
      address: host.address,
      wire: host.wireVersions,
      machines: Object.fromEntries(versions),
      persisted: keeps(true),
      memory: keeps(false),
      process: this.#process,
      formerLost: this.#formerLost,
    }
  }

  /** One that was given up while it was away comes back as a new one (F101), and is emptied nevertheless if it was to be (F101c). */
  async #look(): Promise<void> {
    const { view, host, clock } = this.#context
    const place = this.#place
    const known = view.state?.hosts.get(host.id)
    const isThis = known?.process === this.#process
    if (place === null || this.#isAsking || this.#isLeaving || (isThis && !this.#isToDrain)) return
    // The registry here may not have come so far yet.
    if (view.state === null || view.state.version < this.#at || this.isDraining(view.state)) return
    if (known !== undefined && !isThis) {
      // Two processes can't both be this host: the one that came later is it.
      this.#place = null
      tell(this.#context, 'error', 'another process takes part as this host', host.id)
      return
    }
    this.#isAsking = true
    try {
      if (!isThis) {
        await this.enrol(place, CALL_MS)
        tell(this.#context, 'info', 'it takes part again', host.id)
      }
      if (this.#isToDrain) await this.drain(CALL_MS)
    } catch (error) {
      tell(this.#context, 'warn', 'it can not take part again yet', host.id, error)
      this.#timer = clock.after(AGAIN_MS, () => void this.#look())
    } finally {
      this.#isAsking = false
    }
  }

  close(): void {
    this.#stopWatching()
    this.#timer?.()
    this.#place = null
  }
}
