/**
 * Names of snapshot files: `<group>.<index>-<term>.snap`. Any name of a group is safe in them: its plain letters, for people, then
 * part of its SHA-256, which tells groups apart also where the file system does not tell capital letters. The whole name is in the file.
 */
import { createHash } from 'node:crypto'
import { RaftedError } from '@rafted/contracts'
import { hasLoneSurrogate, MAX_NAME_BYTES, utf8Length } from '@rafted/wire'
import { ASIDE } from './whole-file.ts'

const PLAIN_LETTERS = 40
const HASH_DIGITS = 32

const NAME = /^([a-z0-9_-]{0,40}-[0-9a-f]{32})\.(\d{1,16})-(\d{1,16})\.snap(?:\.aside)?$/

export interface SnapshotFile {
  readonly name: string
  readonly index: number
  readonly term: number
}

/** @throws {RaftedError} `invalid-argument` if it is no name of a group. */
export function groupKey(group: string): string {
  if (group === '' || hasLoneSurrogate(group) || utf8Length(group) > MAX_NAME_BYTES)
    throw new RaftedError(
      'invalid-argument',
      `The name of a group must have from 1 to ${MAX_NAME_BYTES} bytes of UTF-8.`,
      { outcome: 'not-applied', details: { group } },
    )
  const plain = group
    .toLowerCase()
    .replace(/[^a-z0-9_-]+/g, '_')
    .slice(0, PLAIN_LETTERS)
  const hash = createHash('sha256').update(group, 'utf8').digest('hex').slice(0, HASH_DIGITS)
  return `${plain}-${hash}`
}

export function snapshotName(key: string, index: number, term: number): string {
  return `${key}.${index}-${term}.snap`
}

/** @returns the index in the name of a snapshot's file, or null for other files. */
export function indexIn(path: string): number | null {
  const [, , index] = NAME.exec(path.slice(path.lastIndexOf('/') + 1)) ?? []
  return index === undefined ? null : Number(index)
}

/** Files of snapshots among these names, by the key of their group, newest first. A crash may have left one aside. Other files are none of ours. */
export function snapshotsByKey(names: readonly string[]): Map<string, SnapshotFile[]> {
  const byKey = new Map<string, SnapshotFile[]>()
  const all = new Set(names)
  for (const name of names) {
    const [, key, index, term] = NAME.exec(name) ?? []
    if (key === undefined || (isAside(name) && all.has(plainName(name)))) continue
    const files = byKey.get(key) ?? []
    files.push({ name, index: Number(index), term: Number(term) })
    byKey.set(key, files)
  }
  for (const files of byKey.values()) files.sort((a, b) => b.index - a.index)
  return byKey
}

/** What a snapshot is called behind its name as long as it is one of the group's next incarnation. */
export const NEXT = '.next'

export function isAside(name: string): boolean {
  return name.endsWith(ASIDE)
}

/** The name of a file that was left aside. */
export function plainName(name: string): string {
  return name.slice(0, -ASIDE.length)
}
