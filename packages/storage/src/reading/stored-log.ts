/** What is said of the log in a host's directory to whoever only reads it. */
import type { FileSystem, LogStore } from '@rafted/contracts'
import type { LogDamage } from '../files/log-damage.ts'

/** What `groups`, `open` and `read` give is what a host would find that opened the directory at the moment of the look. */
export interface StoredLog extends Pick<LogStore, 'groups' | 'open' | 'read' | 'close'> {
  /** All its files, in order. */
  readonly segments: readonly StoredSegment[]
  /** Places in the files that could not be read as they were written. What that means for each group, `open` says. */
  readonly damages: readonly LogDamage[]
}

/** A file of the log, and what of it counts. */
export interface StoredSegment {
  readonly number: number
  readonly file: string
  /** Of the file. */
  readonly bytes: number
  /**
   * `needed`: it holds entries that stand in the log, or is the newest. `unused`: it was begun, and nothing in it counts yet. `left-over`: the log has
   * given it up.
   */
  readonly state: 'needed' | 'unused' | 'left-over'
  /** Where what counts ends: what is behind it was torn by a crash, or is being written. That of `bytes` if nothing is. */
  readonly end: number
  /** Which entries of the log stand in it: ranges of indexes (inclusive), by group. */
  readonly entries: readonly { readonly group: string; readonly first: number; readonly last: number }[]
}

/** Where the log is, and whose. */
export interface LogPlaceInDirectory {
  readonly fileSystem: FileSystem
  /** The host's directory, absolute. */
  readonly path: string
  /** The id in its marker. */
  readonly id: string
}
