/** What a fleet needs around it. */
import type { Client } from '@rafted/client'
import type { Clock, Machine, Observer, Random, ValueHandle } from '@rafted/contracts'
import type { GroupOptions, Host } from '@rafted/host'
import type { Registry } from './registry/registry.ts'
import type { RegistryView } from './registry/view.ts'

/** The host that the fleet lives in: what is needed of it, and what its user wants of it besides. */
export type FleetHost = Pick<
  Host,
  | 'id'
  | 'address'
  | 'wireVersions'
  | 'link'
  | 'group'
  | 'createGroup'
  | 'stop'
  | 'stir'
  | 'leave'
  | 'discard'
  | 'held'
  | 'groups'
  | 'keeps'
  | 'status'
  | 'on'
  | 'events'
  | 'leadership'
  | 'health'
  | 'backup'
  | 'close'
>

/** What the application says of the members here, beside their machine. */
export type MemberOptions = Pick<GroupOptions, 'hooks' | 'leadership' | 'settings'>

/** What the parts of a fleet share. */
export interface FleetContext {
  readonly host: FleetHost
  readonly client: Client
  /** Of the control group. */
  readonly control: ValueHandle<Registry>
  readonly view: RegistryView
  readonly machines: Readonly<Record<string, Machine>>
  readonly memberOptions: (group: string, machine: string) => MemberOptions
  readonly clock: Clock
  readonly random: Random
  readonly observer: Observer
}

/** Tells what happened; what an observer throws is dropped. */
export function tell(
  { observer }: Pick<FleetContext, 'observer'>,
  level: 'info' | 'warn' | 'error',
  what: string,
  subject: string | null,
  error?: unknown,
): void {
  try {
    observer.event?.({ kind: 'fleet', level, what, subject, ...(error === undefined ? {} : { error }) })
  } catch {
    // As of every observer.
  }
}

/** Resolves once the view knows all that was decided before this was called. */
export async function refresh(
  { control, view, clock }: Pick<FleetContext, 'control' | 'view' | 'clock'>,
  timeoutMs: number,
): Promise<void> {
  const until = clock.now() + timeoutMs
  const version = await control.with({ timeoutMs }).version()
  await untilVersion({ view, clock }, version, Math.max(1, until - clock.now()))
}

/** @throws {Error} when that takes too long: the member here lags, or is gone. */
export function untilVersion(
  { view, clock }: Pick<FleetContext, 'view' | 'clock'>,
  version: number,
  timeoutMs: number,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const cancel = clock.after(timeoutMs, () => {
      end()
      reject(new Error(`The registry here has not come to entry ${version} within ${timeoutMs} ms.`))
    })
    const end = view.whenAt(version, () => {
      cancel()
      resolve()
    })
  })
}
