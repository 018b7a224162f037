/** Completion for fish, 3.0 and later. */
import type { Command, Completion } from '../command.ts'
import { completed, firstWords, secondWords } from './completed.ts'

export function fishScript(all: readonly Command[]): string {
  const commands = completed(all)
  const first = firstWords(commands)
  const lines: string[] = []
  for (const [word, text] of first) {
    lines.push(`complete -c rafted -n '__rafted_typed 1' -a ${quoted(word)} -d ${quoted(text)}`)
    for (const [second, summary] of secondWords(commands, word))
      lines.push(
        `complete -c rafted -n '__rafted_typed 2; and __rafted_runs ${quoted(word).slice(1, -1)}' -a ${quoted(second)} -d ${quoted(summary)}`,
      )
  }
  for (const { name, options, operands } of commands) {
    const when = `-n ${quoted(`__rafted_runs ${name}`)}`
    for (const { flag, text, value, alone, completion } of options) {
      // Of one that may stand alone fish would take the next option for its value.
      const takes = value === null || alone ? '' : ` -x${argumentOf(completion)}`
      // Its value is a file: -r takes any.
      const isFile = value !== null && completion === 'file'
      lines.push(
        `complete -c rafted ${when} -l ${flag.slice(2)}${isFile ? ' -r -F' : takes} -d ${quoted(text)}`,
      )
    }
    const operand = operands.find(({ completion }) => completion !== null)
    if (operand !== undefined)
      lines.push(
        operand.completion === 'file'
          ? `complete -c rafted ${when} -F`
          : `complete -c rafted ${when}${argumentOf(operand.completion)}`,
      )
  }
  return `# Completion of rafted for fish: rafted completion fish > ~/.config/fish/completions/rafted.fish
function __rafted_typed
    test (count (commandline -opc)) -eq $argv[1]
end

function __rafted_runs
    set -l typed (commandline -opc)
    set -l last (math (count $argv) + 1)
    test (count $typed) -ge $last; and test "$typed[2..$last]" = "$argv"
end

complete -c rafted -f
${lines.join('\n')}
`
}

/** What stands for a value that is no file. */
function argumentOf(completion: Completion): string {
  if (completion === null || completion === 'file') return ''
  if (completion === 'directory') return " -a '(__fish_complete_directories)'"
  return ` -a ${quoted(completion.join(' '))}`
}

function quoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`
}
