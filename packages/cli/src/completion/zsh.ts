/** Completion for zsh. */
import type { Command, Completion } from '../command.ts'
import { type Completed, completed, FLAGS, firstWords, HELP, secondWords } from './completed.ts'

export function zshScript(all: readonly Command[]): string {
  const commands = completed(all)
  const first = firstWords(commands)
  const plain = commands.filter(({ name }) => !name.includes(' '))
  const groups = [...first.keys()].filter((word) => secondWords(commands, word).length > 0)
  return `#compdef rafted
# Completion of rafted for zsh: source <(rafted completion zsh), or as _rafted in a directory of $fpath
_rafted() {
  if (( CURRENT == 2 )); then
    ${described('command', [...first, HELP])}
    ${described('option', FLAGS)}
    return
  fi
  shift words; (( CURRENT-- ))
  case "\${words[1]}" in
    help)
      if (( CURRENT == 2 )); then
        ${described('command', [...first])}
        return
      fi
      case "\${words[2]}" in
${groups.map((word) => `        ${word}) ${described('command', secondWords(commands, word))} ;;`).join('\n')}
      esac ;;
${plain.map((command) => `    ${command.name}) ${argumentsOf(command)} ;;`).join('\n')}
${groups.map((word) => groupOf(word, commands)).join('\n')}
  esac
}

if [[ "\${funcstack[1]}" == _rafted ]]; then _rafted "$@"; else compdef _rafted rafted; fi
`
}

function groupOf(word: string, commands: readonly Completed[]): string {
  const own = commands.filter(({ name }) => name.startsWith(`${word} `))
  return `    ${word})
      if (( CURRENT == 2 )); then
        ${described('command', secondWords(commands, word))}
        return
      fi
      shift words; (( CURRENT-- ))
      case "\${words[1]}" in
${own.map((command) => `        ${command.name.split(' ')[1]}) ${argumentsOf(command)} ;;`).join('\n')}
      esac ;;`
}

function described(what: string, words: readonly (readonly [string, string])[]): string {
  const each = words.map(([word, text]) => quoted(`${word}:${text.replaceAll(':', '\\:')}`))
  return `local -a known=(${each.join(' ')}); _describe '${what}' known`
}

function argumentsOf({ options, operands, takesProgram }: Completed): string {
  const specifications = [
    ...options.map(({ flag, text, value, alone, completion }) => {
      // With "=" its value may also stand in the same word.
      const told = `${flag}${value === null ? '' : '='}[${bracketed(text)}]`
      return quoted(value === null ? told : `${told}${alone ? '::' : ':'}${value}:${actionOf(completion)}`)
    }),
    ...operands.map(({ name, many, optional, completion }, at) => {
      // What may be left out is perhaps the next one already.
      const fits = optional ? (completion ?? operands[at + 1]?.completion ?? null) : completion
      return quoted(`${many ? '*' : at + 1}:${name}:${actionOf(fits)}`)
    }),
  ]
  // -S: behind -- there are no options.
  const own = `_arguments -S ${specifications.join(' ')}`
  if (!takesProgram) return own
  return `local -i at=\${words[(i)--]}
      if (( at < CURRENT )); then shift at words; (( CURRENT -= at )); _normal; else ${own}; fi`
}

/** A space: there is nothing to offer, and files are not offered in its place. */
function actionOf(completion: Completion): string {
  if (completion === null) return ' '
  if (completion === 'file') return '_files'
  if (completion === 'directory') return '_files -/'
  return `(${completion.join(' ')})`
}

function bracketed(text: string): string {
  return text.replaceAll(/[[\]:\\]/g, '\\$&')
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`
}
