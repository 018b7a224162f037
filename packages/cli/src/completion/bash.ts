/** Completion for bash, 3.2 and later. */
import type { Command, Completion } from '../command.ts'
import { type Completed, completed, FLAGS, firstWords, HELP, secondWords } from './completed.ts'

export function bashScript(all: readonly Command[]): string {
  const commands = completed(all)
  const first = firstWords(commands)
  const groups = [...first.keys()].filter((word) => secondWords(commands, word).length > 0)
  return `# Completion of rafted for bash: source <(rafted completion bash)
_rafted_words() { COMPREPLY=( $(compgen -W "$1" -- "$cur") ); }
_rafted_files() { local IFS=$'\\n'; COMPREPLY=( $(compgen -f -- "$cur") ); compopt -o filenames 2>/dev/null; }
_rafted_directories() { local IFS=$'\\n'; COMPREPLY=( $(compgen -d -- "$cur") ); compopt -o filenames 2>/dev/null; }
_rafted_program() {
  if declare -F _command_offset >/dev/null; then _command_offset "$1"
  elif (( COMP_CWORD == $1 )); then COMPREPLY=( $(compgen -c -- "$cur") )
  else _rafted_files; fi
}

_rafted() {
  local cur="\${COMP_WORDS[COMP_CWORD]}" prev="\${COMP_WORDS[COMP_CWORD-1]}" command="\${COMP_WORDS[1]}" at=2 i
  COMPREPLY=()
  if (( COMP_CWORD == 1 )); then _rafted_words '${[...first.keys(), ...[HELP, ...FLAGS].map(([word]) => word)].join(' ')}'; return; fi
  # --log=d comes as three words
  if [[ "$cur" == = ]]; then cur=; elif [[ "$prev" == = ]]; then prev="\${COMP_WORDS[COMP_CWORD-2]}"; fi
  case "$command" in
${groups
  .map(
    (word) =>
      `    ${word}) if (( COMP_CWORD == 2 )); then _rafted_words '${wordsOf(secondWords(commands, word))}'; return; fi; command="$command \${COMP_WORDS[2]}"; at=3 ;;`,
  )
  .join('\n')}
  esac
  for (( i = at; i < COMP_CWORD; i++ )); do
    if [[ "\${COMP_WORDS[i]}" == -- ]]; then ${programs(commands)}; return; fi
  done
  case "$command" in
    help)
      if (( COMP_CWORD == 2 )); then _rafted_words '${[...first.keys()].join(' ')}'; return; fi
      case "$prev" in
${groups.map((word) => `        ${word}) _rafted_words '${wordsOf(secondWords(commands, word))}' ;;`).join('\n')}
      esac ;;
${commands.map(caseOf).join('\n')}
  esac
}

complete -F _rafted rafted
`
}

function wordsOf(described: readonly (readonly [string, string])[]): string {
  return described.map(([word]) => word).join(' ')
}

/** Behind `--` stands a program, where one may, and then what that takes. */
function programs(commands: readonly Completed[]): string {
  const names = commands
    .filter(({ takesProgram }) => takesProgram)
    .map(({ name }) => `"$command" == '${name}'`)
  return names.length === 0 ? ':' : `if [[ ${names.join(' || ')} ]]; then _rafted_program $(( i + 1 )); fi`
}

function caseOf({ name, options, operands }: Completed): string {
  const values = options.filter(({ value }) => value !== null)
  const known = values.filter(({ completion }) => completion !== null)
  const unknown = values
    .filter(({ completion, alone }) => completion === null && !alone)
    .map(({ flag }) => flag)
  const cases = [
    ...known.map(({ flag, completion }) => `        ${flag}) ${replyOf(completion)}; return ;;`),
    ...(unknown.length === 0 ? [] : [`        ${unknown.join('|')}) return ;;`]),
  ]
  const operand = operands.find(({ completion }) => completion !== null)
  return `    '${name}')
      case "$prev" in
${cases.join('\n')}
      esac
      if [[ "$cur" == -* ]]; then _rafted_words '${options.map(({ flag }) => flag).join(' ')}'; return; fi
      ${replyOf(operand?.completion ?? null)} ;;`
}

function replyOf(completion: Completion): string {
  if (completion === null) return ':'
  if (completion === 'file') return '_rafted_files'
  if (completion === 'directory') return '_rafted_directories'
  return `_rafted_words '${completion.join(' ')}'`
}
