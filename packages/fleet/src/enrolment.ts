/** Whether this host takes part in the fleet, and that the registry says so for as long as it does. */
import { type Cancel, drawId } from '@rafted/contracts'
import { asked } from './failures.ts'
import { type FleetContext, tell } from './fleet-host.ts'
import { raftName } from './registry/raft-names.ts'
import type { HostRecord } from './registry/records.ts'

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
  readonly #stopWatching: () => void
  #timer: Cancel | null = null
  #isAsking = false

  constructor(context: FleetContext, formerLost: boolean) {
    this.#context = context
    this.#formerLost = formerLost
    this.#process = drawId(context.random)
    this.#stopWatching = context.view.onChange(({ hosts }) => {
      if (hosts) void this.#look()
    })
  }

  /** Whether this process takes part, or is to. */
  get isActive(): boolean {
    return this.#place !== null
  }

  get process(): string {
    return this.#process
  }

  /** @throws {RaftedError} what the registry refuses it with. */
  async enrol(place: Pick<HostRecord, 'zone' | 'capacity'>, timeoutMs: number): Promise<void> {
    this.#at = await asked(this.#context.control.with({ timeoutMs }).enrol(this.#record(place)))
    this.#place = place
  }

  /** It takes part no more, whatever the registry says. */
  end(): void {
    this.#place = null
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

  /** One that was given up while it was away comes back as a new one (F101). */
  async #look(): Promise<void> {
    const { view, host, clock } = this.#context
    const place = this.#place
    const known = view.state?.hosts.get(host.id)
    if (place === null || this.#isAsking || known?.process === this.#process) return
    // The registry here may not have come so far yet.
    if (view.state === null || view.state.version < this.#at) return
    if (known !== undefined) {
      // Two processes can't both be this host: the one that came later is it.
      this.#place = null
      tell(this.#context, 'error', 'another process takes part as this host', host.id)
      return
    }
    this.#isAsking = true
    try {
      await this.enrol(place, CALL_MS)
      tell(this.#context, 'info', 'it takes part again', host.id)
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
