/** What the users of a simulated cluster do with a value: yours, or the register that the simulator brings. */
import type { AnyDefinition, Random, ValueHandle } from '@rafted/contracts'
import type { SequentialModel } from '../linearizability/history.ts'

/** Whoever uses the value, one at a time: a process of its own, or one with a host. It may be killed at any moment, and another takes its place. */
export interface SimulatedUser<D extends AnyDefinition> {
  readonly name: string
  /** The group that it uses. */
  readonly group: string
  /** The handle to the value. Its calls time out after some seconds, which differ. */
  readonly value: ValueHandle<D>
  /** Repeats with the seed. All chance has to come from here. */
  readonly random: Random
  /** Resolves after `ms` virtual milliseconds. */
  pause(ms: number): Promise<void>
  /**
   * Runs a call and, where the workload has a model, notes it in the history that is checked at the end. @returns what the call gave, or
   * undefined if it failed with an error of Rafted, which is noted with it: not applied, or possibly so. Other errors are violations.
   */
  call<Output>(input: unknown, run: () => Promise<Output>, options?: CallNotes): Promise<Called<Output>>
  /**
   * Asks what became of a command that may have been applied (`Client.resolve`), and notes that in the history. @returns what is known of it now: what `call` gave where
   * nobody can say.
   */
  resolve<Output>(called: Called<Output>): Promise<Called<Output>>
}

/** What else is known of a call. */
export interface CallNotes {
  /** It may be answered from what was there so many milliseconds before: by the history it was called as much earlier. Default 0. */
  readonly olderByMs?: number
}

/** What came of a call. */
export type Called<Output> =
  | { readonly outcome: 'done'; readonly value: Output }
  | { readonly outcome: 'not-applied' | 'unknown'; readonly code: string }

/** What one group's users do. */
export interface Workload<D extends AnyDefinition> {
  /** Does something with the value, and is called again when it has. */
  act(user: SimulatedUser<D>): Promise<void>
  /** Called when all is well again and nobody else uses the value. @returns what is wrong with it. */
  audit?(user: SimulatedUser<D>): Promise<readonly string[]>
  /** What a single copy of the value would answer to the inputs given to `call`: the history is checked against it. */
  // biome-ignore lint/suspicious/noExplicitAny: inputs and outputs are the workload's own.
  readonly model?: SequentialModel<any, any, any>
  /**
   * What the value is, in a few words that differ for different values: compared between the members after each command, besides the hash of
   * all it holds. Default: its JSON, which costs much for large values.
   */
  fingerprint?(value: unknown): string
}
