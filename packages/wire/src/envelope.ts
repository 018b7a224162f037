/** What a batch holds: the messages of members, and the calls of clients and hosts. */

import type { LogEntry, SnapshotMeta } from '@rafted/contracts'
import type { Message } from '@rafted/core'
import type { Request, Response } from './request.ts'

/** The range of wire versions this build reads and writes. */
export const WIRE_VERSIONS: readonly [oldest: number, newest: number] = [1, 1]

/** The part of a snapshot that travels with a `snapshot` message, or as an item of its own. */
export interface SnapshotChunk {
  /** Of the whole snapshot; in every part, so that any part can begin a transfer. */
  readonly meta: SnapshotMeta
  /** Drawn per transfer: the answer repeats it. */
  readonly transfer: number
  /** Where `bytes` stand in the content. */
  readonly offset: number
  /** None: the sender asks how much is there. */
  readonly bytes: Uint8Array
  /** CRC-32 of `bytes`. Whoever takes them looks; the codec carries it. */
  readonly checksum: number
}

/** One message of one member, with what its host attaches. */
export interface MemberItem {
  readonly kind: 'member'
  /** The group's incarnation. */
  readonly incarnation: string
  readonly message: Message
  /** For `append`: the entries of `message.heads`, complete and in order. Empty otherwise. */
  readonly entries: readonly LogEntry[]
  /** For `snapshot`. Null otherwise. */
  readonly chunk: SnapshotChunk | null
}

/** "Everything of the snapshot below `received` is here": lets the sender go on, or begin again from there. */
export interface SnapshotProgressItem {
  readonly kind: 'snapshot-progress'
  readonly incarnation: string
  readonly from: string
  readonly to: string
  readonly transfer: number
  /** Bytes received without a gap; the size once it is installed; −1 if it will not be taken. */
  readonly received: number
  readonly installed: boolean
  /** What came is not what follows `received`, or is not what was sent: it is to be sent again from there. */
  readonly again: boolean
}

/**
 * "Give me these entries: my log names them and can't read them." Asked of any member; who asks, and in which term, changes nothing for who
 * answers. The pair of index and term names an entry for ever, so whatever comes back late is still the right thing.
 */
export interface FetchItem {
  readonly kind: 'fetch'
  readonly incarnation: string
  readonly from: string
  readonly to: string
  /** The answer returns it. */
  readonly number: number
  /** The entries `index … last`, all of the term `entryTerm`. */
  readonly index: number
  readonly last: number
  readonly entryTerm: number
  /** Bytes of entries the answer may hold, heads included; a single larger entry travels alone. */
  readonly maxBytes: number
}

/**
 * Given: entries from `index` on. Else why the first of them is not given: this log doesn't hold it (it ends before it, or has another one there),
 * begins after it, or can't read it either.
 */
export type FetchAnswer = 'given' | 'lacks' | 'compacted' | 'damaged'

/** The answer to a `fetch`. */
export interface FetchedItem {
  readonly kind: 'fetched'
  readonly incarnation: string
  readonly from: string
  readonly to: string
  readonly number: number
  readonly index: number
  readonly entryTerm: number
  readonly answer: FetchAnswer
  /** Contiguous, from `index` on, all of `entryTerm`. None unless they are given. */
  readonly entries: readonly LogEntry[]
}

/** "Give me your newest snapshot: my log names entries that I can't read, and you have compacted yours beyond them." */
export interface FetchSnapshotItem {
  readonly kind: 'fetch-snapshot'
  readonly incarnation: string
  readonly from: string
  readonly to: string
}

/** A part of the snapshot that a `fetch-snapshot` asked for. The answer to it is `snapshot-progress`. */
export interface FetchedPartItem {
  readonly kind: 'fetched-part'
  readonly incarnation: string
  readonly from: string
  readonly to: string
  readonly chunk: SnapshotChunk
}

/** What members ask of each other to get back what their logs can't read. */
export type RepairItem = FetchItem | FetchedItem | FetchSnapshotItem | FetchedPartItem

/** "I am here": from a host to another on which quiet members of it rely, once for all groups. */
export interface PulseItem {
  readonly kind: 'pulse'
  /** Another one than before: the host was started anew. */
  readonly time: string
  /** Of the groups of which quiet members there rely on this host, and of their terms. From 0 to 2^53 − 1: the same for the same groups. */
  readonly digest: number
}

/** A group, and the term in which its members fell quiet. */
export interface QuietGroup {
  readonly incarnation: string
  readonly term: number
}

/** "Quiet members here rely on yours of these groups": each is named now and then, as what was to wake it may be lost. Answered by `missing`, where it isn't so. */
export interface RollCallItem {
  readonly kind: 'roll-call'
  /** At most `MAX_QUIET_GROUPS`. */
  readonly groups: readonly QuietGroup[]
}

/** "Here is nobody on whom a quiet member of these groups could rely": the answer to a roll call, and what a host says by itself when a member of it ends. */
export interface MissingItem {
  readonly kind: 'missing'
  /** At most `MAX_QUIET_GROUPS`. */
  readonly groups: readonly QuietGroup[]
}

/** What hosts say to each other of members that say nothing. */
export type QuietItem = PulseItem | RollCallItem | MissingItem

/** A request of a client or a host. */
export interface RequestItem {
  readonly kind: 'request'
  readonly request: Request
}

/** The answer to a request. */
export interface ResponseItem {
  readonly kind: 'response'
  readonly response: Response
}

/** One thing in a batch. */
export type Item = MemberItem | SnapshotProgressItem | RepairItem | RequestItem | ResponseItem | QuietItem

/** What every batch begins with. */
export interface BatchHead {
  /** The cluster's name: a batch of another cluster is refused. */
  readonly cluster: string
  /** The versions the sender reads. The batch itself is written in one that both sides read. */
  readonly versions: readonly [number, number]
  /** Host id or client name. For reading only: who the sender is, the transport says. */
  readonly sender: string
}
