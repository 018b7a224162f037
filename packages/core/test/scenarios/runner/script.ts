/**
 * The text of a scenario: comments, blocks of commands, and below each block, after `----`, what it printed.
 *
 *     # F15: …                          the sentence that the script protects
 *     # catches: commits-by-counting    the mutants that this script alone finds
 *
 *     propose 1 1
 *     deliver 1->2
 *     ----
 *     1: log 1@1 2@2
 *     …
 *
 * Blocks end with an empty line.
 */

export interface Command {
  /** Line in the file, from 1. */
  readonly line: number
  readonly text: string
}

export interface Block {
  readonly commands: readonly Command[]
  /** What stands below the commands, line by line. */
  readonly expected: readonly string[]
}

export interface Script {
  readonly name: string
  /** The sentence that it protects, with where it comes from. */
  readonly sentence: string
  /** The mutants that it alone catches. */
  readonly catches: readonly string[]
  readonly blocks: readonly Block[]
}

const separator = '----'

export function parseScript(name: string, text: string): Script {
  const blocks: Block[] = []
  let commands: Command[] = []
  let expected: string[] | null = null
  const close = () => {
    if (commands.length > 0) blocks.push({ commands, expected: expected ?? [] })
    else if (expected !== null) throw new SyntaxError(`${name}: an output without a command`)
    commands = []
    expected = null
  }
  const lines = text.split('\n')
  for (const [at, line] of lines.entries()) {
    if (line === '') close()
    else if (expected !== null) expected.push(line)
    else if (line === separator) expected = []
    else if (!line.startsWith('#')) commands.push({ line: at + 1, text: line })
  }
  close()
  return { name, ...header(name, lines), blocks }
}

function header(name: string, lines: readonly string[]): Pick<Script, 'sentence' | 'catches'> {
  const end = lines.findIndex((line) => !line.startsWith('#'))
  const comments = lines.slice(0, end).map((line) => line.replace(/^# ?/, ''))
  const last = comments.findIndex((line) => line.startsWith('catches: '))
  const sentence = comments.slice(0, last).join(' ')
  if (last !== comments.length - 1 || !/\b(paper|thesis) §\d|\bF\d/.test(sentence))
    throw new SyntaxError(
      `${name}: begins with a sentence, its source (paper §, thesis §, F…) and "catches: …"`,
    )
  return { sentence, catches: comments[last]!.slice('catches: '.length).split(', ') }
}

/** The same text with these outputs, one per block, in place of those that stand there. */
export function withOutputs(text: string, outputs: readonly (readonly string[])[]): string {
  const result: string[] = []
  let block = 0
  let inCommands = false
  let inOutput = false
  const close = () => {
    if (inCommands) result.push(separator, ...outputs[block++]!)
    inCommands = false
    inOutput = false
  }
  for (const line of text.replace(/\n*$/, '\n').split('\n')) {
    if (line === '') {
      close()
      result.push('')
    } else if (line === separator) {
      inOutput = true
    } else if (!inOutput) {
      if (!line.startsWith('#')) inCommands = true
      result.push(line)
    }
  }
  return result.join('\n')
}
