/** What a group is told when its host runs in another thread: plain data crosses, functions are named by their modules. */
import { type Machine, RaftedError } from '@rafted/contracts'
import type { Hooks } from '../hooks.ts'
import type { CreateGroupOptions, GroupOptions } from '../host-options.ts'
import { importExport, type ModuleExport, type PlainModuleExport, plainModuleExport } from './modules.ts'

interface Named {
  /** Where the machine stands: what `defineValue`, `pureMachine` or `inPlaceMachine` returned, exported by a module. */
  readonly machine: ModuleExport
  /** Where the hooks stand. They run beside the host, in its thread. */
  readonly hooks?: ModuleExport | undefined
  /** A list: functions don't cross. */
  readonly join?: readonly string[]
}

/** As of a host in this thread, but for what is made of functions. */
export type WorkerGroupOptions = Omit<GroupOptions, 'machine' | 'hooks' | 'join'> & Named
/** A backup to begin with does not cross. */
export type WorkerCreateGroupOptions = Omit<
  CreateGroupOptions,
  'machine' | 'hooks' | 'join' | 'from' | 'upTo'
> &
  Named

interface PlainNamed {
  readonly machine: PlainModuleExport
  readonly hooks: PlainModuleExport | null
}
export type PlainGroupOptions = Omit<GroupOptions, 'machine' | 'hooks'> & PlainNamed
export type PlainCreateGroupOptions = Omit<CreateGroupOptions, 'machine' | 'hooks' | 'from' | 'upTo'> &
  PlainNamed

/** @throws {RaftedError} `invalid-argument` for what can't go to another thread. */
export function plainOptions<Options extends WorkerGroupOptions>(
  options: Options,
): Omit<Options, 'machine' | 'hooks'> & PlainNamed {
  if (typeof options !== 'object' || options === null)
    throw new RaftedError(
      'invalid-argument',
      `The options of a group are an object, not ${String(options)}.`,
      {
        outcome: 'not-applied',
      },
    )
  const { machine, hooks, ...rest } = options
  return {
    ...rest,
    machine: plainModuleExport('machine', machine),
    hooks: hooks === undefined ? null : plainModuleExport('hooks', hooks),
  }
}

/** In the worker: with the functions that were named. What they are is looked at by the host. */
export async function withFunctions<Options extends PlainGroupOptions>(
  options: Options,
): Promise<Omit<Options, 'machine' | 'hooks'> & { machine: Machine; hooks: Hooks }> {
  const machine = (await importExport('machine', options.machine)) as Machine
  const hooks = options.hooks === null ? {} : ((await importExport('hooks', options.hooks)) as Hooks)
  return { ...options, machine, hooks }
}
