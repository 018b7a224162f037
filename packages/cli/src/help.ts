/** What is printed to whoever asks how it is used. */
import { optionsOf } from './arguments.ts'
import { columns } from './columns.ts'
import type { Command, Operand, Option, Section } from './command.ts'

const titles: Readonly<Record<Section, string>> = {
  try: 'to see what it is',
  run: 'to run hosts',
  use: 'to use a key-value store, and locks',
  'look after': 'to look after groups',
  directories: 'for directories of hosts (all but the last two change nothing; the host may be running)',
  shell: 'for the shell',
}

const statuses = `Exit status: 0 if it is done and nothing is wrong, 1 if something is not as it should be, 2 if it could not look, or did not do it; then
the reason is said. 3: it may have been done, or may still be.`

/** Beyond this a line is broken. */
const WIDTH = 110

export function helpOfAll(commands: readonly Command[]): string {
  const rows = new Map<Section, (readonly string[])[]>()
  for (const { name, section, summary } of commands) {
    const own = rows.get(section) ?? []
    rows.set(section, own)
    own.push([`  ${name}`, summary])
  }
  // One column for all, so that they stand below each other.
  const lines = columns([...rows.values()].flat()).split('\n')
  const parts = [...rows].map(
    ([section, own]) => `${titles[section]}:\n${lines.splice(0, own.length).join('\n')}\n`,
  )
  return `rafted runs and uses values that are replicated over several machines.

usage: rafted COMMAND [OPERANDS] [OPTIONS]

${parts.join('\n')}
"rafted COMMAND --help" tells more of each, with examples; "rafted --version" the version.
${statuses}
`
}

/** Of commands of two words that have the first in common. */
export function helpOfSome(word: string, commands: readonly Command[]): string {
  const rows = commands.map(({ name, summary }) => [`  ${name}`, summary])
  return `usage: rafted ${word} COMMAND [OPERANDS] [OPTIONS]

${columns(rows)}
"rafted ${word} COMMAND --help" tells more of each, with examples.
`
}

export function helpOf(command: Command): string {
  const { name, summary, text, examples } = command
  const all = optionsOf(command)
  const shown = examples.map(([args, what]) => [`  rafted ${name} ${args}`.trimEnd(), what])
  const shared = all.filter((option) => option.shared)
  const reaching =
    shared.length === 0 ? '' : `\nwhere hosts are reached, and how:\n${columns(shared.map(optionRow))}`
  return `${summary}

${usageOf(command)}

${columns(all.filter((option) => !option.shared).map(optionRow))}${reaching}
${text}

examples:
${columns(shown)}
${statuses}${command.statuses === undefined ? '' : `\n${command.statuses}`}
`
}

function optionRow(option: Option): readonly string[] {
  const { variable, text } = option
  return [`  ${written(option)}`, variable === undefined ? text : `${text} [${variable}]`]
}

function written({ name, value, alone }: Option): string {
  if (value === null) return `--${name}`
  return alone === undefined ? `--${name} ${value}` : `--${name} [${value}]`
}

function usageOf(command: Command): string {
  const words = [command.usage ?? command.operands.map(operandText).join(' ')]
  for (const option of command.options) {
    const { needed, repeated, shared } = option
    if (shared && !needed) continue
    const often = repeated ? `${written(option)}...` : written(option)
    words.push(needed ? often : `[${often}]`)
  }
  words.push('[--json]')
  if (command.options.some(({ shared }) => shared)) words.push('[HOW HOSTS ARE REACHED]')
  if (command.rest !== undefined) words.push(`[${command.rest}]`)
  const begin = `usage: rafted ${command.name}`
  const lines = [begin]
  for (const word of words.filter(Boolean)) {
    const last = lines.at(-1)!
    if (last.length + 1 + word.length <= WIDTH) lines[lines.length - 1] = `${last} ${word}`
    else lines.push(`${' '.repeat(begin.length)} ${word}`)
  }
  return lines.join('\n')
}

function operandText({ name, optional, many }: Operand): string {
  const text = many ? `${name}...` : name
  return optional ? `[${text}]` : text
}
