/** What is printed to whoever asks how it is used. */
import { optionsOf } from './arguments.ts'
import { columns } from './columns.ts'
import type { Command } from './command.ts'

const statuses = `Exit status: 0 if nothing is wrong, 1 if something is damaged, 2 if it could not look; then the reason is said.`

export function helpOfAll(commands: readonly Command[]): string {
  const rows = commands.map(({ name, summary }) => [`  ${name}`, summary])
  return `rafted looks into the directory of a host, and changes nothing there. The host may be running.

usage: rafted COMMAND DIRECTORY [OPTIONS]

${columns(rows)}
"rafted COMMAND --help" tells more of each, with examples; "rafted --version" the version.
${statuses}
`
}

export function helpOf(command: Command): string {
  const { name, summary, text, examples } = command
  const options = optionsOf(command)
  const signature = command.options.map(({ name: option, value, needed }) =>
    needed ? ` --${option} ${value}` : ` [--${option} ${value}]`,
  )
  const rows = options.map((option) => [
    `  --${option.name}${option.value === null ? '' : ` ${option.value}`}`,
    option.text,
  ])
  const shown = examples.map(([args, what]) => [`  rafted ${name} ${args}`, what])
  return `${summary}

usage: rafted ${name} DIRECTORY${signature.join('')} [--json]

${columns(rows)}
${text}

examples:
${columns(shown)}
${statuses}
`
}
