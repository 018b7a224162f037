/** Completion for fish, 3.0 and later. */
import type { Command, Completion } from '../command.ts'
import { completed, FLAGS, firstWords, HELP, secondWords } from './completed.ts'

export function fishScript(all: readonly Command[]): string {
  const commands = completed(all)
  const first = firstWords(commands)
  const lines: string[] = []
  const offer = (typed: readonly string[], [word, text]: readonly [string, string]): void => {
    const runs = typed.length === 0 ? '' : `; and __rafted_runs ${typed.join(' ')}`
    lines.push(
      `complete -c rafted -n '__rafted_typed ${typed.length + 1}${runs}' -a ${quoted(word)} -d ${quoted(text)}`,
    )
  }
  offer([], HELP)
  for (const [flag, text] of FLAGS)
    lines.push(`complete -c rafted -n '__rafted_typed 1' -l ${flag.slice(2)} -d ${quoted(text)}`)
  for (const [word, text] of first) {
    offer([], [word, text])
    offer(['help'], [word, text])
    for (const second of secondWords(commands, word)) {
      offer([word], second)
      offer(['help', word], second)
    }
  }
  for (const { name, options, operands, takesProgram } of commands) {
    const when = `-n ${quoted(`__rafted_runs ${name}`)}`
    if (takesProgram) lines.push(`complete -c rafted ${when} -a '(__rafted_program)'`)
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

# Behind -- stands a program, and what that takes.
function __rafted_program
    set -l typed (commandline -opc)
    set -l at (contains -i -- -- $typed); or return
    set -e typed[1..$at]
    complete -C (string join ' ' -- (string escape -- $typed) (commandline -ct))
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
