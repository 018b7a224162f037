/** What is asked of one member by those who wait for its answer: commands, queries, changes of members, transfers of leadership. */
import type { Codec, LogEntry } from '@rafted/contracts'
import type { Core, Effects } from '@rafted/core'
import {
  errorResponse,
  type GroupSettings,
  type PlacedSettings,
  type Request,
  type RisingSetting,
} from '@rafted/wire'
import { answerApplied } from './answering.ts'
import { Changes } from './changes.ts'
import type { HostContext } from './context.ts'
import type { HookCalls } from './hooks.ts'
import { Proposals, type Traced } from './proposals.ts'
import { Queries } from './queries.ts'
import type { ReplicatedState } from './replicated-state.ts'
import type { Reply } from './replies.ts'
import type { SkippedEntries } from './skipped-entries.ts'
import type { LogTail } from './tail.ts'
import { Transfers } from './transfers.ts'
import type { Answers, ReplyTo } from './waiters.ts'
import { Watchers } from './watchers.ts'

export interface MemberCallsOptions {
  readonly host: HostContext
  readonly group: string
  readonly incarnation: string
  readonly id: string
  /** Those in force now. */
  readonly settings: Pick<GroupSettings, 'electionMs' | 'quietAfterMs'>
  readonly core: Core
  readonly codec: Codec
  readonly hooks: HookCalls
  readonly tail: LogTail
  readonly skipped: SkippedEntries
  /** Those in effect, null where that is not known for certain: a leader knows once it has applied the first entry of its term. */
  knownSettings(): PlacedSettings | null
  /** What members must know of what rises by itself. */
  required(setting: RisingSetting): number
  /** Where its leader is reached, as far as it knows. */
  readonly leaderAddress: string | null
  /** There is something for the next turn. */
  wake(): void
}

export class MemberCalls {
  readonly #o: MemberCallsOptions
  readonly #answers: Answers
  readonly #proposals: Proposals
  readonly #queries: Queries
  readonly #changes: Changes
  readonly #transfers: Transfers
  readonly #watchers: Watchers

  constructor(options: MemberCallsOptions) {
    this.#o = options
    const { host, group, incarnation, id, core, codec, hooks, tail, skipped } = options
    const wake = (): void => options.wake()
    const answers: Answers = {
      answer: host.answer,
      refuse: ({ id: call, replyTo }, code, outcome, message) => {
        const { role, term } = core.standing
        const leader = role === 'leader' ? null : options.leaderAddress
        host.answer(replyTo, errorResponse(code, outcome, message, { id: call, leader, term }))
      },
    }
    this.#answers = answers
    this.#queries = new Queries({ answers, codec, hooks, core, now: () => host.checkedNow(), wake })
    this.#proposals = new Proposals(answers, host.outbox.maxPayloadBytes, () => options.knownSettings())
    const required = (setting: RisingSetting): number => options.required(setting)
    const times = (): MemberCallsOptions['settings'] => options.settings
    const now = (): number => host.now()
    this.#changes = new Changes({ incarnation, times, core, answers, required, now, wake })
    this.#transfers = new Transfers({ incarnation, id, core, answers })
    const { logs, clock, random } = host
    const queries = this.#queries
    this.#watchers = new Watchers({
      group,
      core,
      tail,
      logs,
      clock,
      random,
      answers,
      queries,
      skipped,
      wake,
    })
  }

  take(request: Request, replyTo: ReplyTo, state: ReplicatedState, now: number): void {
    switch (request.kind) {
      case 'command':
      case 'open-session':
      case 'keep-session':
      case 'close-session':
      case 'resolve':
      case 'change-settings':
        this.#proposals.add(request, replyTo, now)
        break
      case 'query':
        this.#queries.add(request, replyTo, state)
        break
      case 'watch':
        this.#watchers.take(request, replyTo, state)
        break
      case 'join':
      case 'update-member':
      case 'change-members':
        this.#changes.ask(request, replyTo, now)
        break
      case 'transfer-leadership':
      case 'cancel-transfer':
        this.#transfers.ask(request, replyTo, now)
        break
      default:
        throw new TypeError(`a ${request.kind} request is no member's to answer`)
    }
  }

  /** Tells the core what has come in this turn. */
  ask(now: number): void {
    const { core, tail } = this.#o
    this.#proposals.propose(core, tail, now)
    this.#queries.ask(now)
  }

  /** What the core has decided. */
  onEffects(effects: Effects): void {
    this.#queries.onEffects(effects)
  }

  /** Nobody waits for anything: nothing is lost with this. */
  get isIdle(): boolean {
    const { isIdle } = this.#proposals
    return (
      isIdle &&
      this.#queries.isIdle &&
      this.#changes.isIdle &&
      this.#transfers.isIdle &&
      this.#watchers.isIdle
    )
  }

  /** When something has to be settled that waits for time to pass. */
  get dueAt(): number {
    return this.#changes.dueAt
  }

  /** An entry has been applied, with this reply to whoever waits for it. @param settings as they are from then on. */
  applied(entry: LogEntry, reply: Reply, settings: PlacedSettings): void {
    const { index, term } = entry
    const waiter = this.#proposals.waiters.take(index)
    if (waiter === undefined) return
    if (waiter.term === term) {
      if (waiter.traced !== null) this.#tellTraced(waiter.traced, reply)
      answerApplied(this.#answers, waiter, reply, this.#o.incarnation, settings)
    } else
      this.#answers.refuse(waiter, 'not-leader', 'not-applied', 'Another entry was committed in its place.')
  }

  #tellTraced({ trace, takenAt }: Traced, { status, index, term }: Reply): void {
    const { group, host } = this.#o
    const [appliedAt, tookMs] = [host.clock.wall(), host.clock.now() - takenAt]
    const told = status === 'ok' || status === 'refused' || status === 'failed' ? status : 'other'
    const entry = { index, term, status: told } as const
    host.event({ kind: 'traced-command', level: 'debug', group, trace, ...entry, appliedAt, tookMs })
  }

  /** Answers what is decided by how the member stands now, and by what it has applied. */
  settle(state: ReplicatedState, leads: boolean): void {
    this.#queries.answerDue(state)
    this.#changes.settle(state.configuration, leads)
    this.#transfers.settle()
    this.#watchers.settle(state)
  }

  stoppedLeading(): void {
    const message = 'This member stopped leading: another one will tell what became of the command.'
    this.#proposals.abandon('not-leader', message)
  }

  /** Leadership to the best there is. Resolves when another leads, at the latest after an election timeout. */
  handOver(): Promise<void> {
    return this.#transfers.handOver(this.#o.host.clock, this.#o.settings.electionMs)
  }

  /** The member takes part no more. */
  stop(code: 'member-stopped' | 'no-such-group' | 'closed', message: string): void {
    this.#proposals.abandon(code, message)
    this.#queries.abandon(code, message)
    this.#changes.stop(code, message)
    this.#transfers.stop(code, message)
    this.#watchers.stop(code, message)
  }
}
