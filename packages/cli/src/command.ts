/** What one command of `rafted` is: how it is called, what its help says, what it does. */
import type { Terminal } from './terminal.ts'

/** Ways for a command to end, as its exit status. */
export const Status = {
  /** It did what it was asked to, and found nothing wrong. */
  fine: 0,
  /** Something is not as it should be: a directory is damaged, a group has no leader, a key isn't there, a condition doesn't hold. */
  amiss: 1,
  /** It could not look, or would not do it: the reason was said. What was to be changed has not been. */
  failed: 2,
  /** It may have happened, or may still happen. */
  unknown: 3,
} as const
export type Status = (typeof Status)[keyof typeof Status]

/** What a shell may complete a word with: files of a kind, or one of these words. Null: nothing that it could know. */
export type Completion = 'directory' | 'file' | readonly string[] | null

export interface Option {
  readonly name: string
  /** What stands for its value in help; null if it takes none. */
  readonly value: string | null
  readonly needed?: true
  /** What counts where it stands without its value, at the end or before another option. */
  readonly alone?: string
  /** It may be given several times; in a variable its values are separated by commas. */
  readonly repeated?: true
  /** The variable of the environment that counts where the option is not given. */
  readonly variable?: string
  /** Values that there are: others are refused. */
  readonly choices?: readonly string[]
  readonly completion?: 'directory' | 'file'
  readonly text: string
  /** Help shows those that many commands share apart from the others. */
  readonly shared?: true
}

export interface Operand {
  /** As help writes it. */
  readonly name: string
  readonly optional?: true
  /** As many as there are, one at least unless it is optional. Only of the last one. */
  readonly many?: true
  readonly completion?: Completion
  /** Said where it is not there. */
  readonly missing: string
}

export interface Call {
  /** The first operand, or the empty string: the directory, of commands that look into one. */
  readonly directory: string
  readonly operands: readonly string[]
  /** What was typed behind `--`, of a command that takes another one there; null without. */
  readonly rest: readonly string[] | null
  /** @returns whether an option without a value was given. */
  flag(name: string): boolean
  /** @returns the value of an option, or null if it was not given. */
  option(name: string): string | null
  /** @returns all values of an option that may be given several times. */
  options(name: string): readonly string[]
  readonly json: boolean
  readonly terminal: Terminal
}

/** Parts of the list of commands. */
export type Section = 'try' | 'run' | 'use' | 'look after' | 'directories' | 'shell'

export interface Command {
  /** One word, or two. */
  readonly name: string
  readonly section: Section
  /** One line. */
  readonly summary: string
  /** Below it: what is worth knowing. */
  readonly text: string
  readonly operands: readonly Operand[]
  /** How what it takes is written in its help, where it looks at its operands itself. */
  readonly usage?: string
  /** How what may follow `--` is written; without, nothing may. */
  readonly rest?: string
  /** Those besides `--json` and `--help`. */
  readonly options: readonly Option[]
  /** What follows the command's name, and what that does. */
  readonly examples: readonly (readonly [string, string])[]
  /** What it ends with besides the usual. */
  readonly statuses?: string
  /** @returns its exit status. @throws {RaftedError} what keeps it from doing it; {@link WrongUse}. */
  run(call: Call): Promise<number>
}

/** It was called in a way that it does not know. */
export class WrongUse extends Error {
  override readonly name = 'WrongUse'
}

/** What most commands on directories take. */
export const directoryOperand: Operand = {
  name: 'DIRECTORY',
  completion: 'directory',
  missing: 'Name the directory of a host.',
}
