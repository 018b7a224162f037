/** What can be completed, in the words that the scripts of all shells are made of. */
import { optionsOf } from '../arguments.ts'
import type { Command, Completion, Option } from '../command.ts'

export interface Completed {
  readonly name: string
  readonly summary: string
  readonly options: readonly CompletedOption[]
  /** Of each operand. */
  readonly operands: readonly {
    readonly name: string
    readonly many: boolean
    readonly optional: boolean
    readonly completion: Completion
  }[]
  /** Whether another program follows `--`. */
  readonly takesProgram: boolean
}

export interface CompletedOption {
  /** With the dashes. */
  readonly flag: string
  readonly text: string
  /** How its value is called; null if it takes none. */
  readonly value: string | null
  /** Whether it may stand without its value. */
  readonly alone: boolean
  readonly completion: Completion
}

export function completed(commands: readonly Command[]): readonly Completed[] {
  return commands.map((command) => ({
    name: command.name,
    summary: command.summary,
    options: optionsOf(command).map(optionOf),
    operands: command.operands.map(({ name, many = false, optional = false, completion = null }) => ({
      name,
      many,
      optional,
      completion,
    })),
    takesProgram: command.rest !== undefined,
  }))
}

function optionOf({ name, value, alone, text, choices, completion }: Option): CompletedOption {
  return {
    flag: `--${name}`,
    text,
    value,
    alone: alone !== undefined,
    completion: choices ?? completion ?? null,
  }
}

/** What may stand in place of a command, besides {@link firstWords}. */
export const HELP = ['help', 'what a command is for, and what it takes'] as const
export const FLAGS = [
  ['--help', 'what commands there are'],
  ['--version', 'of what version this is'],
] as const

/** First words, each once, with what they are for: that of the first command for those that several have in common. */
export function firstWords(commands: readonly Completed[]): ReadonlyMap<string, string> {
  const words = new Map<string, string>()
  for (const { name, summary } of commands) {
    const [first, second] = name.split(' ')
    if (second === undefined) words.set(first!, summary)
    else if (!words.has(first!))
      words.set(
        first!,
        `${secondWords(commands, first!)
          .map(([word]) => word)
          .join(', ')}`,
      )
  }
  return words
}

/** Second words of commands that begin with this one. */
export function secondWords(
  commands: readonly Completed[],
  first: string,
): readonly (readonly [string, string])[] {
  return commands
    .map(({ name, summary }) => [...name.split(' '), summary])
    .filter(([word, , summary]) => word === first && summary !== undefined)
    .map(([, second, summary]) => [second!, summary!] as const)
}
