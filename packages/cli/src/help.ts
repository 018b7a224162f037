/** What is printed to whoever asks how it is used. */
import { optionsOf } from './arguments.ts'
import { columns } from './columns.ts'
import type { Command } from './command.ts'

const statuses = `Exit status: 0 if nothing is wrong, 1 if something is damaged, 2 if it could not look, or did not do it; then the reason is said.`

export function helpOfAll(commands: readonly Command[]): string {
  const rows = commands.map(({ name, summary }) => [`  ${name}`, summary])
  return `rafted looks into the directory of a host, and changes nothing there; the host may be running. But for recover and set-aside:
they give up members of a group that has lost its majority, and no host may be running then.

usage: rafted COMMAND DIRECTORY [OPTIONS]

${columns(rows)}
"rafted COMMAND --help" tells more of each, with examples; "rafted --version" the version.
${statuses}
`
}

export function helpOf(command: Command): string {
  const { name, summary, text, examples } = command
  const options = optionsOf(command)
  const signature = command.options.map(({ name: option, value, needed }) => {
    const written = value === null ? `--${option}` : `--${option} ${value}`
    return needed ? ` ${written}` : ` [${written}]`
  })
  const rows = options.map((option) => [
    `  --${option.name}${option.value === null ? '' : ` ${option.value}`}`,
    option.text,
  ])
  const shown = examples.map(([args, what]) => [`  rafted ${name} ${args}`, what])
  return `${summary}

usage: rafted ${name} ${command.operands ?? 'DIRECTORY'}${signature.join('')} [--json]

${columns(rows)}
${text}

examples:
${columns(shown)}
${statuses}
`
}
