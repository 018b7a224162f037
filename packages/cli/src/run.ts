/** Runs what was typed. */
import { createRequire } from 'node:module'
import { parse, WrongUse } from './arguments.ts'
import { type Command, Status } from './command.ts'
import { dump } from './commands/dump.ts'
import { inspect } from './commands/inspect.ts'
import { lastIndex } from './commands/last-index.ts'
import { recover } from './commands/recover.ts'
import { setAside } from './commands/set-aside.ts'
import { verify } from './commands/verify.ts'
import { failureReport, statusOf } from './faults.ts'
import { helpOf, helpOfAll } from './help.ts'
import { jsonLine } from './json.ts'
import type { Terminal } from './terminal.ts'

const commands: readonly Command[] = [inspect, dump, verify, lastIndex, recover, setAside]

/**
 * @param args what was typed behind `rafted`.
 * @returns the exit status: 0 if nothing is wrong, 1 if something is damaged, 2 if it could not look. Rejects only if the terminal fails.
 */
export async function run(args: readonly string[], terminal: Terminal): Promise<number> {
  const [name, ...rest] = args
  if (name === '--help' || name === '-h' || name === 'help') {
    await terminal.print(helpOfAll(commands))
    return Status.fine
  }
  if (name === '--version') {
    await terminal.print(`${version()}\n`)
    return Status.fine
  }
  const command = commands.find((each) => each.name === name)
  if (command === undefined) {
    terminal.say(name === undefined ? helpOfAll(commands) : misuse(`There is no command "${name}".`, ''))
    return Status.failed
  }
  return await runCommand(command, rest, terminal)
}

async function runCommand(command: Command, args: readonly string[], terminal: Terminal): Promise<number> {
  const json = args.includes('--json')
  try {
    const parsed = parse(command, args)
    if (parsed === 'help') {
      await terminal.print(helpOf(command))
      return Status.fine
    }
    const { operands, values, flags } = parsed
    return await command.run({
      directory: operands[0] ?? '',
      operands,
      option: (name) => values.get(name) ?? null,
      flag: (name) => flags.has(name),
      json,
      terminal,
    })
  } catch (error) {
    if (error instanceof WrongUse) {
      terminal.say(misuse(error.message, ` ${command.name}`))
      return Status.failed
    }
    const report = failureReport(error)
    if (json) await terminal.print(jsonLine({ error: report }))
    terminal.say(`${report.message}\n`)
    return statusOf([report])
  }
}

function misuse(message: string, command: string): string {
  return `${message} "rafted${command} --help" says how it is used.\n`
}

function version(): string {
  return (createRequire(import.meta.url)('../package.json') as { version: string }).version
}
