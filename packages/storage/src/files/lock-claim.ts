/**
 * The lock file of one that owns the directory, or asks for it. Its name carries a generation; owners have ever higher ones.
 *
 * Rewritten in place, always with the same length, so that a reader finds the one or the other, or a mix whose checksum is wrong.
 */
import { join } from 'node:path'
import type { FileSystem } from '@rafted/contracts'
import { decodeRecord, encodeLines, linesOf, type RecordKind, readSmallFile } from './text-record.ts'

const KIND: RecordKind = { what: 'lock', version: 1 }

/** `held`: its maker has the directory, or is about to find out whether it may. `left`: it has given it back. Of one length. */
export type ClaimState = 'held' | 'left'

export interface Claim {
  /** Drawn by whoever claims. */
  readonly nonce: string
  readonly state: ClaimState
  /** The boot of the operating system it runs on, or null where that can't be told. */
  readonly boot: string | null
  /** The count of beats changes at least as often as this, in milliseconds. */
  readonly interval: number
  readonly beats: number
  /** For people: who it is, and since when, as ISO 8601. */
  readonly pid: number
  readonly machine: string
  readonly since: string
}

/** Intervals that are believed: a lock file must not make anybody wait for ever. */
export const MIN_INTERVAL_MS = 10
export const MAX_INTERVAL_MS = 60_000

const NAME = /^lock-(\d{16})$/
const SOCKET_NAME = /^lock-[0-9a-f]{12}\.socket$/

export function claimName(generation: number): string {
  return `lock-${String(generation).padStart(16, '0')}`
}

/** A claim's socket. Short, since a socket's path has room for little more than a hundred bytes. */
export function socketName(nonce: string): string {
  return `lock-${nonce.slice(0, 12)}.socket`
}

/** Whether a file of this name is of locks. */
export function isOfLocks(name: string): boolean {
  return NAME.test(name) || SOCKET_NAME.test(name)
}

/** Generations that are claimed, ascending. */
export async function listClaims(files: FileSystem, directory: string): Promise<number[]> {
  const names = await files.list(directory)
  const digits = names.flatMap((name) => NAME.exec(name)?.[1] ?? [])
  return digits.map(Number).sort((a, b) => a - b)
}

/** A claim that is looked at again and again: what it says is read only where its file has changed. */
export class WatchedClaim {
  readonly #files: FileSystem
  readonly #path: string
  #bytes: Uint8Array | null = null
  #claim: Claim | 'unreadable' = 'unreadable'

  constructor(files: FileSystem, directory: string, generation: number) {
    this.#files = files
    this.#path = join(directory, claimName(generation))
  }

  /** As `readClaim`. */
  async look(): Promise<Claim | 'unreadable' | null> {
    const bytes = await readSmallFile(this.#files, this.#path)
    if (bytes === null) return null
    if (this.#bytes === null || Buffer.compare(bytes, this.#bytes) !== 0) {
      this.#claim = decodeClaim(bytes, this.#path)
      this.#bytes = bytes
    }
    return this.#claim
  }
}

/** Names of the sockets in the directory. */
export async function listSockets(files: FileSystem, directory: string): Promise<string[]> {
  return (await files.list(directory)).filter((name) => SOCKET_NAME.test(name))
}

export function encodeClaim(claim: Claim): Uint8Array {
  return new ClaimText(claim).encode(claim.state, claim.beats)
}

/** A claim that is written again and again: all but its state and its beats is put into letters once. */
export class ClaimText {
  readonly #first: string
  readonly #rest: string

  constructor({ nonce, boot, interval, pid, machine, since }: Claim) {
    this.#first = linesOf({ nonce })
    this.#rest = linesOf({ interval, pid, machine, since, boot: boot ?? '' })
  }

  encode(state: ClaimState, beats: number): Uint8Array {
    const changing = linesOf({ beats: String(beats).padStart(16, '0') })
    return encodeLines(KIND, `${this.#first}${linesOf({ state })}${this.#rest}${changing}`)
  }
}

/**
 * @returns the claim; `unreadable` if it is half written or damaged; null if there is none.
 * @throws {RaftedError} `version-mismatch` if it is in the form of a newer version.
 */
export async function readClaim(
  files: FileSystem,
  directory: string,
  generation: number,
): Promise<Claim | 'unreadable' | null> {
  return await new WatchedClaim(files, directory, generation).look()
}

/** @throws {RaftedError} `version-mismatch` if it is in the form of a newer version. */
export function decodeClaim(bytes: Uint8Array, path: string): Claim | 'unreadable' {
  const fields = decodeRecord(KIND, bytes, path)
  if (fields === null) return 'unreadable'
  const { nonce, state, boot, interval, beats, pid, machine, since } = fields
  if (typeof interval !== 'number' || !(interval >= MIN_INTERVAL_MS && interval <= MAX_INTERVAL_MS))
    return 'unreadable'
  return {
    nonce: String(nonce),
    state: state as ClaimState,
    boot: boot === '' ? null : String(boot),
    interval,
    beats: Number(beats),
    pid: Number(pid),
    machine: String(machine),
    since: String(since),
  }
}
