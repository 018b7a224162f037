/**
 * What the payloads of commands and sessions hold. They are encoded once, by the leader's host; wire, disk and applier
 * see the same bytes. Each begins with the number of its layout, since logs outlive builds.
 */
import { MAX_ID_BYTES, MAX_KEY_BYTES } from './limits.ts'
import { Reader } from './reader.ts'
import { readWithdrawn, type Withdrawn, writeWithdrawn } from './withdrawal-codec.ts'
import { Writer } from './writer.ts'

/** Layout of entries of kind `command`, `session` and `lease`. */
const FORMAT = 1
/** Layout of a command that a person has skipped: the same without the command. */
const SKIPPED = 2
/** Layout of a withdrawal, in an entry of kind `session`. */
const WITHDRAWAL = 2

/** The payload of an entry of kind `command`. */
export interface CommandPayload {
  readonly session: number
  /** 1, 2, 3 … within the session. */
  readonly sequence: number
  /** Every command of the session below this sequence has been answered. */
  readonly acknowledged: number
  /** The caller's own idempotency key, or null. */
  readonly key: string | null
  /** The command as the value's codec encodes it. Decoded: a view of the payload. */
  readonly command: Uint8Array
  /**
   * No machine is given it: a person has said so, as none could apply it. It counts as one that has failed, so that its session goes on behind it. Its
   * `command` is empty.
   */
  readonly skipped?: true
}

/** The same of bytes, but for the command, which is left where it stands. */
export interface CommandHead {
  readonly session: number
  readonly sequence: number
  readonly acknowledged: number
  readonly key: string | null
  /** Where in the payload the command begins; it goes on to the end. */
  readonly at: number
  readonly isSkipped: boolean
}

/** The payload of an entry of kind `session`. */
export type SessionPayload = KeptSession | Withdrawal

/** Opening one says 0 twice: its id is the index of this entry. */
export interface KeptSession {
  readonly op: 'open' | 'keep' | 'close'
  readonly session: number
  readonly acknowledged: number
}

/**
 * Settles what becomes of a command: unless it has been applied before this entry, it never will be. So whoever asks what became of a call in doubt
 * is told the same for ever.
 */
export interface Withdrawal extends Withdrawn {
  readonly op: 'withdraw'
}

/** Their places are part of the format. */
const OPERATIONS: readonly KeptSession['op'][] = ['open', 'keep', 'close']

/**
 * The payload of an entry of kind `lease`: what the leader that made it asks of those that follow it. Whoever starts with it in its log
 * may have promised that just before it was stopped.
 */
export interface LeasePayload {
  readonly leader: string
  /** For how long after each heartbeat they vote for nobody else, milliseconds. */
  readonly abstainMs: number
}

// Payloads live longer than batches: they share slabs with each other only.
const writer = new Writer()

/** @throws {RaftedError} `invalid-argument` if a number is none or the key is too long. */
export function encodeCommandPayload(payload: CommandPayload): Uint8Array {
  const { command, skipped = false } = payload
  writer.begin(command.length + 40)
  writer.u8(skipped ? SKIPPED : FORMAT)
  writer.uint(payload.session)
  writer.uint(payload.sequence)
  writer.uint(payload.acknowledged)
  writer.optionalId(payload.key, MAX_KEY_BYTES)
  if (!skipped) writer.raw(command)
  return writer.finish()
}

/** What comes before the command. Applying one takes no more: no view is made for each. @throws {BadBytes} */
export function decodeCommandHead(bytes: Uint8Array): CommandHead {
  return readCommandHead(new Reader(bytes))
}

/** @throws {BadBytes} */
export function decodeCommandPayload(bytes: Uint8Array): CommandPayload {
  const r = new Reader(bytes)
  const { session, sequence, acknowledged, key, isSkipped } = readCommandHead(r)
  const payload = { session, sequence, acknowledged, key, command: r.rest() }
  return isSkipped ? { ...payload, skipped: true } : payload
}

function readCommandHead(r: Reader): CommandHead {
  const isSkipped = r.bytes[0] === SKIPPED
  if (isSkipped) r.u8()
  else checkFormat(r)
  const session = r.uint()
  const sequence = r.uint()
  const acknowledged = r.uint()
  const key = r.optionalId(MAX_KEY_BYTES)
  if (isSkipped && r.left > 0) r.fail('a command that was skipped, and is there')
  return { session, sequence, acknowledged, key, at: r.at, isSkipped }
}

/** @throws {RaftedError} `invalid-argument` if the time is none or the id too long. */
export function encodeLease({ leader, abstainMs }: LeasePayload): Uint8Array {
  writer.begin(80)
  writer.u8(FORMAT)
  writer.id(leader, MAX_ID_BYTES)
  writer.float(abstainMs)
  return writer.finish()
}

/** @throws {BadBytes} */
export function decodeLease(bytes: Uint8Array): LeasePayload {
  const r = new Reader(bytes)
  checkFormat(r)
  const payload = { leader: r.id(MAX_ID_BYTES), abstainMs: r.float() }
  r.done()
  return payload
}

/** @throws {RaftedError} `invalid-argument` if a number is none, or the key is too long. */
export function encodeSessionPayload(payload: SessionPayload): Uint8Array {
  writer.begin(24)
  if (payload.op === 'withdraw') {
    writer.u8(WITHDRAWAL)
    writeWithdrawn(writer, payload)
    return writer.finish()
  }
  writer.u8(FORMAT)
  writer.u8(OPERATIONS.indexOf(payload.op))
  writer.uint(payload.session)
  writer.uint(payload.acknowledged)
  return writer.finish()
}

/** @throws {BadBytes} */
export function decodeSessionPayload(bytes: Uint8Array): SessionPayload {
  const r = new Reader(bytes)
  const isWithdrawal = bytes[0] === WITHDRAWAL
  if (isWithdrawal) r.u8()
  else checkFormat(r)
  const payload = isWithdrawal ? { op: 'withdraw' as const, ...readWithdrawn(r) } : readKept(r)
  r.done()
  return payload
}

function readKept(r: Reader): KeptSession {
  const op = OPERATIONS[r.u8()] ?? r.fail('no operation of a session')
  return { op, session: r.uint(), acknowledged: r.uint() }
}

function checkFormat(r: Reader): void {
  const format = r.u8()
  if (format !== FORMAT) r.fail(`an entry of format ${format}`, 'version-mismatch')
}
