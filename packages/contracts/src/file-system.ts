/** What the file storage needs of a file system, so that tests can fault it. Paths are absolute. */

/** An open file. Calls of one handle may overlap; the caller keeps those apart whose order matters. */
export interface FileHandle {
  /** Writes all of `parts` at `position`, in order. */
  write(parts: readonly Uint8Array[], position: number): Promise<void>
  /**
   * Reads up to `length` bytes at `position`; fewer only at the end of the file.
   * @param into memory that nobody needs any more, and may be written to. What is read may be put there, or anywhere else.
   */
  read(position: number, length: number, into?: Uint8Array): Promise<Uint8Array>
  /** Makes the file's data, and its length, durable. */
  sync(): Promise<void>
  /** Makes the file so many bytes long: cuts off what is behind, or adds zeros. Durable only after `sync`. */
  truncate(length: number): Promise<void>
  /** How many bytes the file has. */
  size(): Promise<number>
  /** Ends the handle. Makes nothing durable. */
  close(): Promise<void>
}

/** Files and directories. Rejects with the errors of Node.js, by their `code` (`ENOENT`, `ENOSPC`, …). */
export interface FileSystem {
  /**
   * `create`: a new file, an error if it exists. `write`: an existing one, to read and write. `read`: to read.
   * @param through what `write` has written is durable when it resolves, as if a `sync` had followed it, and in one step where
   * the system has one. Default false.
   */
  open(path: string, mode: 'create' | 'write' | 'read', through?: boolean): Promise<FileHandle>
  /** Names in a directory, in no particular order. */
  list(directory: string): Promise<readonly string[]>
  /** Creates the directory and those above it. No error if it exists. */
  makeDirectory(path: string): Promise<void>
  /** Atomic: replaces `to`. Durable only after `syncDirectory`. */
  rename(from: string, to: string): Promise<void>
  /** No error if the file does not exist. Durable only after `syncDirectory`. */
  remove(path: string): Promise<void>
  /** Makes creations, renames and removals in it durable. */
  syncDirectory(path: string): Promise<void>
  /** Whether there is a file or a directory. Rejects where that can't be found out. */
  exists(path: string): Promise<boolean>
  /** Bytes free for this process, or null where that can't be told. */
  free(path: string): Promise<number | null>
}
