/** Where a command is typed, as a seam: a test is one, too. */
import type { Clock } from '@rafted/contracts'

/** Where a command of `rafted` reads its paths and says what it has found. */
export interface Terminal {
  /** Paths are relative to it. Absolute. */
  readonly directory: string
  readonly clock: Clock
  /** Whether what is printed may be coloured. */
  readonly colours: boolean
  /** Whether somebody watches what `say` says, so that it may be written over. */
  readonly watched: boolean
  /** Whether anybody listens at an address. Default: it is asked over TCP. */
  readonly answers?: (address: string) => Promise<boolean>
  /** Prints what was asked for. Resolves when more may be printed: whoever waits never piles up much. */
  print(text: string): Promise<void>
  /** What goes beside it: errors, and how far it has got. */
  say(text: string): void
}
