/** Runs what was typed. */
import { createRequire } from 'node:module'
import { parse } from './arguments.ts'
import { type Command, Status, WrongUse } from './command.ts'
import { commands } from './commands.ts'
import { failureReport, statusOfFailure } from './faults.ts'
import { helpOf, helpOfAll, helpOfSome } from './help.ts'
import { Interrupted } from './interrupted.ts'
import { jsonLine } from './json.ts'
import { nearest } from './nearest.ts'
import type { Terminal } from './terminal.ts'

/**
 * @param args what was typed behind `rafted`.
 * @returns the exit status: 0 if it is done and nothing is wrong, 1 if something is not as it should be, 2 if it was not done, 3 if it may have been. Rejects only if the terminal fails.
 */
export async function run(args: readonly string[], terminal: Terminal): Promise<number> {
  const [first, second] = args
  if (first === '--version') {
    await terminal.print(`${version()}\n`)
    return Status.fine
  }
  if (first === undefined) {
    terminal.say(helpOfAll(commands))
    return Status.failed
  }
  if (first === '--help' || first === '-h' || (first === 'help' && second === undefined)) {
    await terminal.print(helpOfAll(commands))
    return Status.fine
  }
  // "rafted help get" is "rafted get --help".
  const words = first === 'help' ? [...args.slice(1), '--help'] : args
  const command = named(words)
  if (command !== null)
    return await runCommand(command, words.slice(command.name.split(' ').length), terminal)
  return await unknown(words, terminal)
}

function named([first, second]: readonly string[]): Command | null {
  return commands.find(({ name }) => name === first || name === `${first} ${second}`) ?? null
}

async function unknown([word, second]: readonly string[], terminal: Terminal): Promise<number> {
  const some = commands.filter(({ name }) => name.startsWith(`${word} `))
  if (some.length === 0) {
    const near = nearest(
      word!,
      commands.map(({ name }) => name.split(' ')[0]!),
    )
    terminal.say(misuse(`There is no command "${word}".${near === null ? '' : ` Is "${near}" meant?`}`, ''))
    return Status.failed
  }
  if (second === '--help' || second === '-h') {
    await terminal.print(helpOfSome(word!, some))
    return Status.fine
  }
  if (second === undefined) terminal.say(helpOfSome(word!, some))
  else {
    const near = nearest(
      second,
      some.map(({ name }) => name.split(' ')[1]!),
    )
    const meant = near === null ? '' : ` Is "${word} ${near}" meant?`
    terminal.say(misuse(`There is no command "${word} ${second}".${meant}`, ` ${word}`))
  }
  return Status.failed
}

async function runCommand(command: Command, args: readonly string[], terminal: Terminal): Promise<number> {
  const json = args.includes('--json')
  try {
    const parsed = parse(command, args, terminal.environment)
    if (parsed === 'help') {
      await terminal.print(helpOf(command))
      return Status.fine
    }
    const { operands, rest, values, flags } = parsed
    return await command.run({
      directory: operands[0] ?? '',
      operands,
      rest,
      option: (name) => values.get(name)?.[0] ?? null,
      options: (name) => values.get(name) ?? [],
      flag: (name) => flags.has(name),
      json: parsed.json,
      terminal,
    })
  } catch (error) {
    if (error instanceof Interrupted) return error.status
    const report = failureReport(error)
    if (json) await terminal.print(jsonLine({ error: report }))
    terminal.say(
      error instanceof WrongUse ? misuse(report.message, ` ${command.name}`) : `${report.message}\n`,
    )
    return statusOfFailure(report)
  }
}

function misuse(message: string, command: string): string {
  return `${message} "rafted${command} --help" says how it is used.\n`
}

function version(): string {
  return (createRequire(import.meta.url)('../package.json') as { version: string }).version
}
