/** What a group's owner may hang on its members: called on the leader only, at least once for each occasion. */
import type { ValueEvent, ValueEventKind } from '@rafted/contracts'
import { type ConfigurationEntry, type MemberId, membersOf } from '@rafted/core'
import type { Tell } from './event-hub.ts'
import type { ApplyEvents, ReplicatedState } from './replicated-state.ts'

/**
 * `value` is the value as it stood then; undefined where the machine has none to show (values changed in place). A hook must
 * not change it. After a change of leaders a hook may be called again for what the leader before has seen. Hooks run in order, after the
 * turn in which their occasion was, and may call whatever they like. What a machine that changes in place has returned is shown as it is by
 * then. What a hook throws, or its promise rejects with, goes to the observer.
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
  /** This member now leads, and `value` holds all that was answered before: the first entry of its term has been applied. */
  elected?(value: unknown): void
  /** The same, of a member that was read back from disk when it started, and has not led since. Called before `elected`. */
  restored?(value: unknown): void
}

type Args<Hook extends keyof Hooks> = Parameters<NonNullable<Hooks[Hook]>>

/** The event that tells of the same occasion. */
const EVENTS: {
  readonly [Hook in keyof Hooks]-?: readonly [
    ValueEventKind,
    (...args: Args<Hook>) => Omit<ValueEvent, 'kind' | 'level' | 'group'>,
  ]
} = {
  commandCommitted: [
    'command-committed',
    (before, command, result, after) => ({ before, command, result, after }),
  ],
  queryAnswered: ['query-answered', (value, query, answer) => ({ value, query, answer })],
  followerAdded: ['follower-added', (value, member) => ({ value, member })],
  followerRemoved: ['follower-removed', (value, member) => ({ value, member })],
  elected: ['elected', (value) => ({ value })],
  restored: ['restored', (value) => ({ value })],
}

/** What is needed of the member. */
interface HookedMember {
  readonly group: string
  readonly leads: boolean
  readonly host: { readonly tell: Tell }
}

/** Has hooks called after the turn, and tells the events that go with them. */
export class HookCalls implements ApplyEvents {
  readonly #hooks: Hooks
  readonly #member: HookedMember
  /** The value was read back when the member started, and no leader has told so yet. */
  #wasRestored: boolean
  /** The configuration applied last. */
  #configuration: ConfigurationEntry | null = null

  constructor(hooks: Hooks, member: HookedMember, wasRestored = false) {
    this.#wasRestored = wasRestored
    this.#hooks = hooks
    this.#member = member
  }

  get #tell(): Tell {
    return this.#member.host.tell
  }

  /** So often that nothing is made of it where nobody hears it. */
  commandApplied(before: unknown, command: unknown, result: unknown, after: unknown): void {
    if (!this.#member.leads) return
    if (this.#hooks.commandCommitted !== undefined || this.#tell.wants('command-committed'))
      this.call('commandCommitted', before, command, result, after)
  }

  commandFailed(index: number, error: unknown): void {
    const { group } = this.#member
    this.#tell.event({ kind: 'command-failed', level: 'warn', group, index, error })
  }

  /** A query has been answered: the same. */
  answered(value: unknown, query: unknown, answer: unknown): void {
    if (this.#hooks.queryAnswered !== undefined || this.#tell.wants('query-answered'))
      this.call('queryAnswered', value, query, answer)
  }

  call<Hook extends keyof Hooks>(hook: Hook, ...args: Args<Hook>): void {
    const run = this.#hooks[hook] as ((...args: unknown[]) => void) | undefined
    const { group } = this.#member
    if (run !== undefined)
      this.#tell.afterTurn(
        () => run.apply(this.#hooks, args),
        (error) => this.#tell.event({ kind: 'hook-failed', level: 'error', group, hook, error }),
      )
    const [kind, fields] = EVENTS[hook]
    if (!this.#tell.wants(kind)) return
    const shown = (fields as (...args: unknown[]) => object)(...args)
    this.#tell.valueEvent({ kind, level: 'info', group, ...shown } as ValueEvent)
  }

  /** The member leads, and has applied all that was committed before. */
  elected(value: unknown): void {
    if (this.#wasRestored) this.call('restored', value)
    this.#wasRestored = false
    this.call('elected', value)
  }

  /** Another state took the place of the one there was: its members are no news. */
  adopt({ configuration }: ReplicatedState): void {
    this.#configuration = configuration
  }

  /** A configuration has been applied. @param leads only then the members that differ from those before are told. */
  configurationApplied({ configuration, instance }: ReplicatedState, leads: boolean): void {
    const before = this.#configuration
    this.#configuration = configuration
    // Nobody was added by the one that a group begins with.
    if (!leads || before === null) return
    const were = idsOf(before)
    const are = idsOf(configuration)
    for (const id of are) if (!were.has(id)) this.call('followerAdded', instance.value, id)
    for (const id of were) if (!are.has(id)) this.call('followerRemoved', instance.value, id)
  }
}

function idsOf(entry: ConfigurationEntry | null): Set<MemberId> {
  return new Set(entry === null ? [] : membersOf(entry.configuration).map(({ id }) => id))
}
