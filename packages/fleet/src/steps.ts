/** Takes one step about a group, on this host. */
import { type Machine, RaftedError } from '@rafted/contracts'
import type { GroupOptions } from '@rafted/host'
import type { Step } from './decide.ts'
import { type FleetContext, untilVersion } from './fleet-host.ts'
import type { Locals } from './locals.ts'
import { parseRaftName } from './registry/raft-names.ts'
import { type Founder, type GroupRecord, hostsOf } from './registry/records.ts'

/** How long one may take that others have a part in, milliseconds. What is not done by then is looked at anew. */
const STEP_MS = 5000

/** Steps that are done here; facts are told to the registry, and `settled` and `wait` are nothing to do. */
export type Deed = Exclude<
  Step,
  { readonly kind: 'settled' | 'wait' | 'begins' | 'begun' | 'serving' | 'discarded' | 'moved' | 'recovered' }
>

export class Steps {
  readonly #context: FleetContext
  readonly #locals: Locals

  constructor(context: FleetContext, locals: Locals) {
    this.#context = context
    this.#locals = locals
  }

  /** @throws {RaftedError} whatever stands in the way. */
  async take(raft: string, step: Deed): Promise<void> {
    const { host, client } = this.#context
    switch (step.kind) {
      case 'found':
        await this.#found(raft, step.founders)
        break
      case 'start':
        await this.start(raft, step.learner, step.formerLost)
        break
      case 'stop':
        host.stop(raft)
        this.#locals.stopped(raft)
        break
      case 'leave':
        await host.leave(raft, { timeoutMs: STEP_MS })
        this.#locals.forgotten(raft)
        break
      case 'discard':
        await host.discard(raft)
        this.#locals.forgotten(raft)
        break
      case 'change': {
        const { voters, learners, ifConfigurationAt } = step
        await client.changeMembership(raft, { voters, learners }, { ifConfigurationAt, timeoutMs: STEP_MS })
        break
      }
      case 'elsewhere': {
        const { version, hosts } = step
        const at = await this.#context.control.with({ timeoutMs: STEP_MS }).standsOn(raft, version, hosts)
        await untilVersion(this.#context, at, STEP_MS)
        break
      }
      case 'transfer':
        await client.transferLeadership(raft, step.to, { timeoutMs: STEP_MS })
    }
  }

  /** Runs the member whose log is here, or joins. */
  async start(raft: string, learner: boolean, formerLost: boolean): Promise<void> {
    const formerData = formerLost ? { formerData: 'lost' as const } : {}
    await this.#context.host.group(raft, { ...this.#options(raft), learner, ...formerData })
    this.#locals.started(raft, formerLost)
  }

  async #found(raft: string, founders: readonly Founder[]): Promise<void> {
    const { host, view } = this.#context
    const group = view.state?.groupOf(raft)
    const self = founders.find((one) => one.host === host.id)
    if (group == null || self === undefined) return
    const voters = founders.map(({ life: _, mayBegin: __, hasBegun: ___, member: id, ...rest }) => ({
      id,
      ...rest,
    }))
    const { incarnation, machineVersion } = group
    const configuration = { voters, outgoing: null, learners: [] }
    const options = this.#options(raft)
    await host.group(raft, {
      ...options,
      settings: { ...options.settings, ...group.settings },
      founding: { incarnation, member: self.member, configuration, machineVersion },
    })
    this.#locals.started(raft, false)
  }

  #options(raft: string): GroupOptions {
    const { memberOptions } = this.#context
    const { machine, name } = parseRaftName(raft)!
    return {
      ...memberOptions(name, machine),
      machine: this.#machine(machine),
      join: this.addresses,
    }
  }

  /** @throws {RaftedError} `invalid-argument`: the code here doesn't know it. */
  #machine(name: string): Machine {
    const { machines, host } = this.#context
    if (Object.hasOwn(machines, name)) return machines[name]!
    throw new RaftedError(
      'invalid-argument',
      `Host "${host.id}" knows no machine "${name}": give it in \`machines\` of openFleet.`,
      { outcome: 'not-applied' },
    )
  }

  /** Where the members of the group are, as the registry has it. One function for all groups. */
  readonly addresses = (raft: string): string[] => {
    const { state } = this.#context.view
    return state === null ? [] : addressesOf(state, state.groupOf(raft))
  }
}

/** Of the hosts of a group, the one that is to lead first. */
export function addressesOf(
  { hosts }: { readonly hosts: { get(id: string): { readonly address: string } | undefined } },
  group: GroupRecord | null,
): string[] {
  if (group === null) return []
  return hostsOf(group)
    .map((id) => hosts.get(id)?.address)
    .filter((address) => address !== undefined)
}
