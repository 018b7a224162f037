/** Where a command is typed, as a seam: a test is one, too. */
import type { Clock, FileSystem } from '@rafted/contracts'

/** Where a command of `rafted` reads its paths and says what it has found. */
export interface Terminal {
  /** Paths are relative to it. Absolute. */
  readonly directory: string
  readonly clock: Clock
  /** Where files of users are read and written: configurations, secrets, certificates, backups. */
  readonly files: FileSystem
  /** Variables of the environment. */
  readonly environment: Readonly<Record<string, string | undefined>>
  /** Whether what is printed may be coloured. */
  readonly colours: boolean
  /** Whether somebody watches what `say` says, so that it may be written over. */
  readonly watched: boolean
  /** The screen on which what is printed appears, which can be drawn anew; null where it goes into a file, or to another program. */
  readonly screen: Screen | null
  /** Whether anybody listens at an address. Default: it is asked over TCP. */
  readonly answers?: (address: string) => Promise<boolean>
  /** Prints what was asked for. Resolves when more may be printed: whoever waits never piles up much. */
  print(text: string): Promise<void>
  /** What goes beside it: errors, and how far it has got. */
  say(text: string): void
  /** What is put into the program, up to its end. */
  input(): AsyncIterable<Uint8Array>
  /**
   * Aborted when whoever typed the command wants it to end, with the name of the signal as the reason (`SIGINT`, `SIGTERM`). From the first call on the command has to see to that; whoever asks twice
   * ends the process at once.
   */
  interrupted(): AbortSignal
}

/** How large a screen is, now. */
export interface Screen {
  readonly columns: number
  readonly rows: number
}
