/** What a group's owner may hang on its members: called on the leader only, at least once for each occasion. */
import type { RaftedEvent } from '@rafted/contracts'
import { type Configuration, type MemberId, membersOf } from '@rafted/core'

/**
 * `value` is the value as it stands then; undefined where the machine has none to show (values changed in place). A hook must
 * not change it. After a change of leaders a hook may be called again for what the leader before has seen. What a hook throws
 * goes to the observer.
 */
export interface Hooks {
  /** A command has been committed and applied. */
  commandCommitted?(before: unknown, command: unknown, result: unknown, after: unknown): void
  /** A linearizable query has been answered. */
  queryAnswered?(value: unknown, query: unknown, answer: unknown): void
  /** A member has become part of the committed configuration. */
  followerAdded?(value: unknown, member: MemberId): void
  /** A member is no longer part of the committed configuration. */
  followerRemoved?(value: unknown, member: MemberId): void
  /** This member now leads. */
  elected?(value: unknown): void
  /** This member leads a group whose value was read back from disk when it started. */
  restored?(value: unknown): void
}

/** Calls hooks; what they throw is told to the observer, and nobody else. */
export class HookCalls {
  readonly #hooks: Hooks
  readonly #group: string
  readonly #event: (event: RaftedEvent) => void

  constructor(hooks: Hooks, group: string, event: (event: RaftedEvent) => void) {
    this.#hooks = hooks
    this.#group = group
    this.#event = event
  }

  has(hook: keyof Hooks): boolean {
    return this.#hooks[hook] !== undefined
  }

  call<Hook extends keyof Hooks>(hook: Hook, ...args: Parameters<NonNullable<Hooks[Hook]>>): void {
    const run = this.#hooks[hook] as ((...args: unknown[]) => void) | undefined
    if (run === undefined) return
    try {
      run.apply(this.#hooks, args)
    } catch (error) {
      this.#event({ kind: 'hook-failed', level: 'error', group: this.#group, hook, error })
    }
  }
}

/** Tells the hooks how the members differ between two configurations. */
export function announceMembers(
  hooks: HookCalls,
  value: unknown,
  before: Configuration | null,
  after: Configuration,
): void {
  const were = new Set(before === null ? [] : membersOf(before).map(({ id }) => id))
  const are = new Set(membersOf(after).map(({ id }) => id))
  for (const id of are) if (!were.has(id)) hooks.call('followerAdded', value, id)
  for (const id of were) if (!are.has(id)) hooks.call('followerRemoved', value, id)
}
