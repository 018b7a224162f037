/** Reads what was typed behind the name of a command. */
import { parseArgs } from 'node:util'
import type { Command, Option } from './command.ts'

export interface Arguments {
  /** What is no option: one directory, unless the command says otherwise. */
  readonly operands: readonly string[]
  readonly values: ReadonlyMap<string, string>
  /** Names of the options without a value that were given. */
  readonly flags: ReadonlySet<string>
  readonly json: boolean
}

/** It was called in a way that it does not know. */
export class WrongUse extends Error {
  override readonly name = 'WrongUse'
}

const json: Option = { name: 'json', value: null, text: 'print JSON' }
const help: Option = { name: 'help', value: null, text: 'print this' }

export function optionsOf({ options }: Command): readonly Option[] {
  return [...options, json, help]
}

/** @returns `help` if that is asked for. @throws {WrongUse} */
export function parse(command: Command, args: readonly string[]): Arguments | 'help' {
  const options = optionsOf(command)
  const { values, positionals } = parsed(options, args)
  if (values.help === true) return 'help'
  if (command.operands === undefined) {
    if (positionals.length === 0) throw new WrongUse('Name the directory of a host.')
    if (positionals.length > 1)
      throw new WrongUse(`One directory at a time: "${positionals[1]}" is one too many.`)
  }
  const texts = new Map<string, string>()
  const flags = new Set<string>()
  for (const { name, value, needed } of options) {
    const given = values[name]
    if (typeof given === 'string') texts.set(name, given)
    else if (given === true) flags.add(name)
    else if (needed) throw new WrongUse(`It needs --${name} ${value}.`)
  }
  return { operands: positionals, values: texts, flags, json: values.json === true }
}

function parsed(
  options: readonly Option[],
  args: readonly string[],
): { values: Record<string, string | boolean | undefined>; positionals: string[] } {
  const config = options.map(
    ({ name, value }) => [name, { type: value === null ? 'boolean' : 'string' }] as const,
  )
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      options: Object.fromEntries(config),
      allowPositionals: true,
    })
    return { values: values as Record<string, string | boolean | undefined>, positionals }
  } catch (error) {
    // Its further sentences are advice for rarer cases.
    if (error instanceof TypeError) throw new WrongUse(`${error.message.split(/\.? (?=To specify)|\.$/)[0]}.`)
    throw error
  }
}

/** @returns the value of an option that counts entries, or null if it was not given. @throws {WrongUse} */
export function indexOf(name: string, text: string | null): number | null {
  if (text === null) return null
  const index = Number(text)
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(index) || index === 0)
    throw new WrongUse(`--${name} is the index of an entry: a whole number from 1 on, and not "${text}".`)
  return index
}
