/** What a client is made with. */
import type {
  AnyDefinition,
  CallOptions,
  CallSignal,
  Clock,
  Codec,
  Observer,
  Random,
} from '@rafted/contracts'
import {
  hasLoneSurrogate,
  type Link,
  MAX_KEY_BYTES,
  MAX_NAME_BYTES,
  MAX_TRACE_BYTES,
  type QueryRequest,
  utf8Length,
  valueCodec,
} from '@rafted/wire'
import type { Context } from './context.ts'
import { Deadlines } from './deadlines.ts'
import { invalidArgument } from './failures.ts'
import { ATTEMPT_TIMEOUT_MS, RETRIES_AT_ONCE, RETRIES_PER_SECOND, TIMEOUT_MS } from './limits.ts'
import { Pauses } from './pauses.ts'
import { RetryBudget } from './retry-budget.ts'
import { SilentHosts } from './silent-hosts.ts'
import { SilentLeaders } from './silent-leaders.ts'
import { Thread } from './thread.ts'
import { Turns } from './turns.ts'
import { type WaitingLimits, WaitingRoom } from './waiting-room.ts'
import { Ways } from './ways.ts'

/** What a client is made of. `Client` says what it does. */
export interface ClientOptions {
  /** How hosts are reached. The client closes it when it is closed. */
  readonly link: Link
  readonly clock: Clock
  readonly random: Random
  /** Hosts to ask for a group, some of them at least. With a host of its own (`link.local`) it may be empty. */
  readonly addresses: readonly string[] | ((group: string) => readonly string[])
  /** For values whose definition names none. Default: the wire's `valueCodec`. */
  readonly codec?: Codec | undefined
  /** Milliseconds a call may take, retries included, unless it says otherwise. Default 30,000. */
  readonly timeoutMs?: number | undefined
  /** Milliseconds a host may take to answer before it, or another one, is asked again. Default 2,000. */
  readonly attemptTimeoutMs?: number | undefined
  /**
   * Whether a host that this client can't dial is asked through one that it can, which passes requests on: then one address that can be dialled is enough.
   * It costs that host some work. Default: true, but false for a client that lives in a host (`link.local`).
   */
  readonly relay?: boolean | undefined
  /**
   * How much may wait for its turn where the client holds as much as it may: first come, first served, for as long as each call allows (`timeoutMs`, `signal`), and what gives up there has not
   * happened. Default: nothing; such calls are refused (`overloaded`). Bounds all groups together. No call waits for the number of groups, nor for slow validators.
   */
  readonly waiting?: WaitingLimits | undefined
  /** Is told how often the client retries (`client_retries`), is redirected (`client_redirects`) and opens sessions (`client_sessions`). */
  readonly observer?: Observer | undefined
}

/** How long a call may take. */
export interface WaitOptions {
  /** Milliseconds, retries included. Default: the client's. */
  readonly timeoutMs?: number | undefined
  /** Ends the wait: the call rejects with `aborted`. What was asked for may still happen (`outcome` tells). */
  readonly signal?: CallSignal | undefined
}

/** @throws {RaftedError} `invalid-argument`. */
export function createContext(options: ClientOptions): Context {
  const { link, clock, random, addresses, relay = !link.local } = options
  if (typeof addresses !== 'function') checkAddresses(addresses)
  if (typeof addresses !== 'function' && addresses.length === 0 && !link.local)
    throw invalidArgument('A client needs the address of a host at least. Give it some in `addresses`.')
  const room = new WaitingRoom(checkWaiting(options.waiting))
  const pauses = new Pauses(clock)
  const silent = new SilentHosts()
  const context: Context = {
    link,
    ways: relay ? new Ways(link, clock, silent) : null,
    silent,
    leaders: new SilentLeaders(() => context),
    clock,
    random,
    addresses: typeof addresses === 'function' ? guarded(addresses) : () => addresses,
    codec: options.codec ?? valueCodec,
    timeoutMs: checkTimeout('timeoutMs', options.timeoutMs ?? TIMEOUT_MS),
    attemptTimeoutMs: checkTimeout('attemptTimeoutMs', options.attemptTimeoutMs ?? ATTEMPT_TIMEOUT_MS),
    budget: new RetryBudget(clock, RETRIES_AT_ONCE, RETRIES_PER_SECOND),
    deadlines: new Deadlines(clock),
    pauses,
    room,
    turns: new Turns(room, pauses),
    attempts: new Thread(),
    observer: options.observer ?? null,
    closed: false,
  }
  return context
}

const NOTHING_WAITS: WaitingLimits = { calls: 0, bytes: 0 }

/** @throws {RaftedError} `invalid-argument`. */
function checkWaiting(limits: WaitingLimits = NOTHING_WAITS): WaitingLimits {
  if (typeof limits !== 'object' || limits === null || !isCount(limits.calls) || !isCount(limits.bytes))
    throw invalidArgument(
      '`waiting` says how much may wait: { calls, bytes }, each a whole number, 0 or more.',
    )
  return { calls: limits.calls, bytes: limits.bytes }
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0
}

function guarded(addresses: (group: string) => readonly string[]) {
  return (group: string): readonly string[] => {
    try {
      return addresses(group)
    } catch (cause) {
      throw invalidArgument(`The client's \`addresses\` failed for the group "${group}".`, cause)
    }
  }
}

/** @throws {RaftedError} `invalid-argument`. */
export function checkTimeout(name: string, ms: number): number {
  if (typeof ms === 'number' && ms > 0 && ms < Number.POSITIVE_INFINITY) return ms
  throw invalidArgument(`${name} is a number of milliseconds above zero, not ${shown(ms)}.`)
}

/** @throws {RaftedError} `invalid-argument`. */
export function checkSignal(signal: CallSignal | undefined): void {
  if (signal === undefined || typeof signal?.addEventListener === 'function') return
  throw invalidArgument(`\`signal\` must be an AbortSignal, not ${shown(signal)}.`)
}

/** @returns how a query may be answered, as its request says it. @throws {RaftedError} `invalid-argument`. */
export function checkRead(
  read: CallOptions['read'] = 'linearizable',
  on: CallOptions['on'] = undefined,
): Pick<QueryRequest, 'read' | 'maxStalenessMs' | 'here'> {
  if (on !== undefined && on !== 'leader' && on !== 'here')
    throw invalidArgument(`\`on\` is 'leader' or 'here', not ${shown(on)}.`)
  if (read === 'linearizable' || read === 'lease') return { read, maxStalenessMs: 0, here: on === 'here' }
  const here = on !== 'leader'
  if (read === 'stale') return { read, maxStalenessMs: 0, here }
  if (typeof read !== 'object' || read === null)
    throw invalidArgument(
      `\`read\` is 'linearizable', 'lease', 'stale' or { maxStalenessMs }, not ${shown(read)}.`,
    )
  return { read: 'bounded', maxStalenessMs: checkTimeout('maxStalenessMs', read.maxStalenessMs), here }
}

/** @throws {RaftedError} `invalid-argument`. */
export function checkDefinition(definition: AnyDefinition): void {
  if (Array.isArray(definition?.commandNames) && Array.isArray(definition.queryNames)) return
  throw invalidArgument('The definition of a value is what `defineValue` returned: give that.')
}

function checkAddresses(addresses: readonly string[]): void {
  if (!Array.isArray(addresses))
    throw invalidArgument('`addresses` must be an array of addresses, or a function that gives one.')
  for (const address of addresses) checkName('An address', address)
}

function shown(value: unknown): string {
  return typeof value === 'string' ? JSON.stringify(value) : String(value)
}

/** @throws {RaftedError} `invalid-argument`. */
export function checkName(what: string, name: string): void {
  const problem = problemOf(name, MAX_NAME_BYTES)
  if (problem !== null) throw invalidArgument(`${what} ${problem}.`)
}

/** @throws {RaftedError} `invalid-argument`. */
export function checkKey(key: string | undefined): string | null {
  return checkText('The idempotency key', key, MAX_KEY_BYTES)
}

/** @throws {RaftedError} `invalid-argument`. */
export function checkTrace(trace: string | undefined): string | null {
  return checkText('The trace', trace, MAX_TRACE_BYTES)
}

function checkText(what: string, text: string | undefined, maxBytes: number): string | null {
  if (text === undefined) return null
  const problem = problemOf(text, maxBytes)
  if (problem !== null) throw invalidArgument(`${what} ${problem}.`)
  return text
}

function problemOf(text: string, maxBytes: number): string | null {
  if (typeof text !== 'string' || text === '') return 'must be a text that is not empty'
  if (utf8Length(text) > maxBytes) return `takes more than ${maxBytes} bytes of UTF-8`
  return hasLoneSurrogate(text) ? 'is no well-formed text' : null
}

/**
 * `over` on top of `base`: what it doesn't name, or names as undefined, stays.
 * @throws {RaftedError} `invalid-argument` for what are no options.
 */
export function mergeOptions(base: CallOptions, over: CallOptions): CallOptions {
  if (typeof over !== 'object' || over === null)
    throw invalidArgument(`The options of a call are an object, not ${shown(over)}.`)
  return {
    timeoutMs: over.timeoutMs ?? base.timeoutMs,
    signal: over.signal ?? base.signal,
    key: over.key ?? base.key,
    trace: over.trace ?? base.trace,
    read: over.read ?? base.read,
    on: over.on ?? base.on,
  }
}
