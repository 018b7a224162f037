/**
 * What was done to a group, for people, and for whoever has to go on with it after a crash: a text file in the directory of the base. It is written before
 * anything changes; whether that came about, the log says.
 */
import { join } from 'node:path'
import type { FileSystem } from '@rafted/contracts'
import { groupKey } from '../files/snapshot-names.ts'
import { decodeRecord, encodeRecord, type RecordKind, readSmallFile } from '../files/text-record.ts'
import { writeDurably } from '../files/whole-file.ts'

const KIND: RecordKind = { what: 'recovery', version: 1 }

export interface RecoveryRecord {
  readonly group: string
  /** The incarnation that was given up, and the one that goes on. */
  readonly former: string
  readonly incarnation: string
  /** The member of the base under that. */
  readonly member: string
  /** The last entry of the former incarnation. */
  readonly index: number
  readonly term: number
  /** Index of the command that was skipped; 0 for none. */
  readonly skipped: number
  /** Hosts of voters that were given up, for people. */
  readonly lost: string
  /** ISO 8601, by the clock of the machine. */
  readonly at: string
}

export async function writeRecoveryRecord(
  files: FileSystem,
  directory: string,
  record: RecoveryRecord,
): Promise<void> {
  await writeDurably(files, directory, nameOf(record.group), [encodeRecord(KIND, { ...record })])
}

/** @returns null if there is none that can be read. */
export async function readRecoveryRecord(
  files: FileSystem,
  directory: string,
  group: string,
): Promise<RecoveryRecord | null> {
  const path = join(directory, nameOf(group))
  const bytes = await readSmallFile(files, path)
  const fields = bytes === null ? null : decodeRecord(KIND, bytes, path)
  return fields?.group === group ? (fields as unknown as RecoveryRecord) : null
}

function nameOf(group: string): string {
  return `recovery-${groupKey(group)}`
}
