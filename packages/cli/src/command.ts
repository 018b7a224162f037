/** What one command of `rafted` is: how it is called, what its help says, what it does. */
import type { Terminal } from './terminal.ts'

/** Ways for a command to end, as its exit status. */
export const Status = {
  /** It did what it was asked to, and found nothing wrong. */
  fine: 0,
  /** Something in the directory is damaged. */
  damaged: 1,
  /** It could not look, or would not do it: the reason was said. */
  failed: 2,
} as const
export type Status = (typeof Status)[keyof typeof Status]

export interface Option {
  readonly name: string
  /** What stands for its value in help; null if it takes none. */
  readonly value: string | null
  readonly needed?: true
  readonly text: string
}

export interface Call {
  /** The host's directory, as it was given; the first operand of a command that takes others. */
  readonly directory: string
  /** Of a command that takes others than one directory: all of them. */
  readonly operands: readonly string[]
  /** @returns whether an option without a value was given. */
  flag(name: string): boolean
  /** @returns the value of an option, or null if it was not given. */
  option(name: string): string | null
  readonly json: boolean
  readonly terminal: Terminal
}

export interface Command {
  readonly name: string
  /** One line. */
  readonly summary: string
  /** Below it: what is worth knowing. */
  readonly text: string
  /** How what it takes is written in its help, where that is not one directory. It looks at them itself. */
  readonly operands?: string
  /** Those besides `--json` and `--help`. */
  readonly options: readonly Option[]
  /** What follows the command's name, and what that does. */
  readonly examples: readonly (readonly [string, string])[]
  /** @throws {RaftedError} `damaged-storage`, and what else keeps it from looking. */
  run(call: Call): Promise<Status>
}
