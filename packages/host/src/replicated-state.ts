/**
 * All that entries change: the machine, the sessions, the results kept by key, the settings, and the configuration in effect. A pure function
 * of the entries applied, so every member has the same at the same index.
 */
import {
  type ApplyContext,
  type Codec,
  CommandError,
  isDeterministicFailure,
  type LogEntry,
  type Machine,
  RaftedError,
  type StateMachine,
} from '@rafted/contracts'
import { type ConfigurationEntry, EntryKind, type Position } from '@rafted/core'
import {
  type CommandHead,
  decodeCommandHead,
  decodeConfiguration,
  decodeLease,
  decodeSessionPayload,
  FIRST_SETTINGS,
  type LeasePayload,
  type PlacedSettings,
  type RisingSetting,
} from '@rafted/wire'
import { checkLevel } from './feature-level.ts'
import { KeptResults } from './kept-results.ts'
import { checkVersion, versionsOf } from './machine-versions.ts'
import { isOfferedByAll, type Versions } from './raising.ts'
import { NO_PAYLOAD, type Reply, type ReplyStatus } from './replies.ts'
import { acknowledge, endSession, keepReply, keptReply, Sessions } from './sessions.ts'
import { changeSettings } from './settings.ts'
import { withdraw } from './withdrawing.ts'

/** What a member tells of commands as it applies them. */
export interface ApplyEvents {
  /** A command has taken effect. `before` and `after` are undefined where the machine has no value to show. */
  commandApplied(before: unknown, command: unknown, result: unknown, after: unknown): void
  /** A command has failed, on every member alike. */
  commandFailed(index: number, error: unknown): void
}

const NOBODY: ApplyEvents = { commandApplied: () => {}, commandFailed: () => {} }

export class ReplicatedState {
  readonly #machine: Machine
  readonly #codec: Codec
  readonly #versions: Versions
  /** Who is told; nobody until a member takes this state for its own. */
  events: ApplyEvents = NOBODY
  readonly instance: StateMachine
  readonly sessions: Sessions
  readonly results: KeptResults
  configuration: ConfigurationEntry | null = null
  settings: PlacedSettings = FIRST_SETTINGS
  /** What the last leader that takes leases has asked of its followers. */
  lease: LeasePayload | null = null
  /** The last entry applied, and its replicated time. */
  applied: Position = { index: 0, term: 0 }
  time = 0

  constructor(
    { machine, codec }: StateOptions,
    instance: StateMachine = machine.create(codec),
    sessions: Sessions = new Sessions(),
    results: KeptResults = new KeptResults(),
  ) {
    this.#machine = machine
    this.#codec = codec
    this.#versions = versionsOf(machine)
    this.instance = instance
    this.sessions = sessions
    this.results = results
  }

  /**
   * By which queries are answered: the version in force. Before a member has applied what its log begins with, none is, and the value is the first one: then it
   * is one that the code knows.
   */
  get version(): number {
    return Math.max(this.settings.machineVersion, this.#versions[0])
  }

  /**
   * Applies the next entry. @returns what to answer whoever waits for it.
   * @throws {RaftedError} `member-stopped` where going on would let this member differ from the others; `machine-too-old`, `machine-too-new` before
   * anything is applied by a version that the machine here doesn't know; `version-mismatch` before a feature level that this build doesn't know.
   */
  apply(entry: LogEntry): Reply {
    const { index, term, time, kind } = entry
    const reply = this.#effect(entry, kind)
    this.applied = { index, term }
    this.time = time
    return reply
  }

  #effect(entry: LogEntry, kind: EntryKind): Reply {
    if (kind === EntryKind.command) return this.#command(entry)
    if (kind === EntryKind.time) return this.#timePassed(entry)
    if (kind === EntryKind.session) return this.#session(entry)
    if (kind === EntryKind.settings) return this.#changeSettings(entry)
    if (kind === EntryKind.configuration)
      this.configuration = { index: entry.index, configuration: decodeConfiguration(entry.payload) }
    else if (kind === EntryKind.lease) this.lease = decodeLease(entry.payload)
    return replyOf('ok', entry)
  }

  #changeSettings(entry: LogEntry): Reply {
    const outcome = changeSettings(this.settings, entry, (setting, version) =>
      this.#isOffered(setting, version),
    )
    if ('problem' in outcome)
      return { ...replyOf(outcome.status, entry), payload: new TextEncoder().encode(outcome.problem) }
    if (outcome.machineVersion !== this.settings.machineVersion)
      checkVersion(this.#versions, outcome.machineVersion, `from entry ${entry.index} on`)
    if (outcome.featureLevel !== this.settings.featureLevel)
      checkLevel(outcome.featureLevel, `from entry ${entry.index} on`)
    this.settings = outcome
    this.results.retain(outcome.retainedResults)
    return replyOf('ok', entry)
  }

  #isOffered(setting: RisingSetting, version: number): boolean {
    return this.configuration !== null && isOfferedByAll(this.configuration.configuration, setting, version)
  }

  #session(entry: LogEntry): Reply {
    const payload = decodeSessionPayload(entry.payload)
    if (payload.op === 'withdraw') {
      const settled = withdraw(payload, entry, this.sessions, this.results)
      return typeof settled === 'string' ? replyOf(settled, entry) : settled
    }
    const { op, session: id, acknowledged } = payload
    if (op === 'open')
      return replyOf(this.sessions.open(entry.index, entry.time, this.settings) ? 'ok' : 'refused', entry)
    const session = this.sessions.touch(id, entry.time)
    if (session === undefined) return replyOf('expired', entry)
    if (op === 'close') this.sessions.close(id)
    else acknowledge(session, acknowledged)
    return replyOf('ok', entry)
  }

  #command(entry: LogEntry): Reply {
    const payload = decodeCommandHead(entry.payload)
    const session = this.sessions.touch(payload.session, entry.time)
    if (session === undefined) return replyOf('expired', entry)
    if (payload.sequence === session.endsAt) return replyOf('withdrawn', entry)
    if (payload.sequence > session.next) return replyOf('gap', entry)
    if (payload.sequence < session.next)
      return keptReply(session, payload.sequence) ?? replyOf('forgotten', entry)
    if (payload.key !== null && this.results.isWithdrawn(payload.key)) {
      // What is behind it in the session goes through another one: so it is wherever a command will never be applied.
      endSession(session, payload.sequence)
      return replyOf('withdrawn', entry)
    }
    const reply = this.#once(payload, entry)
    keepReply(session, reply)
    acknowledge(session, payload.acknowledged)
    return reply
  }

  /** Whoever leads has sent the command, if there is one, where the machine's deadline had come. */
  #timePassed(entry: LogEntry): Reply {
    return entry.payload.length === 0 ? replyOf('ok', entry) : this.#run(entry, 0)
  }

  #once(payload: CommandHead, entry: LogEntry): Reply {
    const { key } = payload
    if (key === null) return this.#unlessSkipped(payload, entry)
    const kept = this.results.get(key)
    if (kept !== undefined) return kept
    const reply = this.#unlessSkipped(payload, entry)
    this.results.add(key, reply, this.settings.retainedResults)
    return reply
  }

  #unlessSkipped({ isSkipped, at }: CommandHead, entry: LogEntry): Reply {
    if (isSkipped)
      return this.#failed(entry, new Error('a person has skipped it, as no machine could apply it'))
    return this.#run(entry, at)
  }

  /** The command that stands in the entry from `at` on. */
  #run(entry: LogEntry, at: number): Reply {
    checkVersion(this.#versions, this.settings.machineVersion, 'at entry', entry.index)
    let command: unknown
    try {
      command = this.#decode(entry.payload, at)
    } catch (error) {
      return this.#failed(entry, error)
    }
    const { instance } = this
    const before = instance.value
    const { machineVersion: version } = this.settings
    const context: ApplyContext = { index: entry.index, term: entry.term, time: entry.time, version }
    let result: unknown
    try {
      result = instance.apply(command, context)
    } catch (error) {
      if (error instanceof CommandError) return this.#refused(entry, error)
      if (this.#machine.failure === 'halt' || !isDeterministicFailure(error)) throw halted(entry, error)
      return this.#failed(entry, error)
    }
    return this.#finish(entry, before, command, result)
  }

  #decode(payload: Uint8Array, at: number): unknown {
    const codec = this.#codec
    return codec.decodeFrom === undefined ? codec.decode(payload.subarray(at)) : codec.decodeFrom(payload, at)
  }

  /** The result becomes bytes at once: nothing the machine holds is ever shared with a caller. */
  #finish(entry: LogEntry, before: unknown, command: unknown, result: unknown): Reply {
    let payload: Uint8Array
    try {
      payload = this.#codec.encode(result)
    } catch (error) {
      if (!isDeterministicFailure(error)) throw halted(entry, error)
      this.instance.undo?.()
      return this.#failed(entry, error)
    }
    this.events.commandApplied(before, command, result, this.instance.value)
    return { status: 'ok', index: entry.index, term: entry.term, payload }
  }

  #refused(entry: LogEntry, error: CommandError): Reply {
    try {
      const payload = this.#codec.encode([error.reason, error.message, error.data])
      return { status: 'refused', index: entry.index, term: entry.term, payload }
    } catch (cause) {
      return this.#failed(entry, cause)
    }
  }

  #failed(entry: LogEntry, error: unknown): Reply {
    this.events.commandFailed(entry.index, error)
    return replyOf('failed', entry)
  }
}

export interface StateOptions {
  readonly machine: Machine
  readonly codec: Codec
}

function replyOf(status: ReplyStatus, { index, term }: Position): Reply {
  return { status, index, term, payload: NO_PAYLOAD }
}

function halted({ index }: Position, cause: unknown): RaftedError {
  return new RaftedError(
    'member-stopped',
    `Applying entry ${index} failed in a way that may differ between members; this member stops before it rather than diverge. ` +
      'Correct the machine or the process, then restart. Where that helps on no member, a person can skip it: "rafted recover GROUP DIRECTORY... --skip-index".',
    { outcome: 'unknown', details: { index }, cause },
  )
}
