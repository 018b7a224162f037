/** One member of a run, with its host's part: a process that comes and goes, and a disk that stays. */
import type { Core, Input, SnapshotPosition, Write } from '../../src/index.ts'
import { Disk } from './disk.ts'

/** What waits for a member's next turn. */
export interface Waiting {
  readonly input: Input
  /** A part of a snapshot brings the snapshot, and who sends it wants to hear how it ended. */
  readonly snapshot: { readonly position: SnapshotPosition; readonly ended: (ok: boolean) => void } | null
}

export class Member {
  readonly id: string
  readonly host: string
  readonly disk = new Disk()
  /** Null while the process is down. */
  core: Core | null = null
  /** Grows with every start: what was meant for an earlier process is dropped. */
  epoch = 0
  inbox: Waiting[] = []
  /** Handed to the disk and not done, in order. */
  underWay: (Write | { readonly compactTo: number })[] = []
  diskFreeAt = 0
  /** The last write that is done. */
  doneSeq = 0
  turnDue = false
  wakeAt = Number.POSITIVE_INFINITY
  pausedUntil = 0
  /** Its disk is lost: it never comes back. */
  wiped = false
  removed = false
  /** What its core has said so far. */
  term = 0
  ledTerm = 0
  commit = 0

  constructor(id: string, host: string) {
    this.id = id
    this.host = host
  }

  get leads(): boolean {
    return this.core?.standing.role === 'leader'
  }
}
