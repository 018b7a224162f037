/** Reads what was typed behind the name of a command, and what the environment says in its place. */
import { parseArgs } from 'node:util'
import { type Command, directoryOperand, type Option, WrongUse } from './command.ts'
import { nearest } from './nearest.ts'

export interface Arguments {
  readonly operands: readonly string[]
  readonly rest: readonly string[] | null
  readonly values: ReadonlyMap<string, readonly string[]>
  /** Names of the options without a value that were given. */
  readonly flags: ReadonlySet<string>
  readonly json: boolean
}

type Environment = Readonly<Record<string, string | undefined>>

const json: Option = { name: 'json', value: null, text: 'print JSON' }
const help: Option = { name: 'help', value: null, text: 'print this' }

export function optionsOf({ options }: Command): readonly Option[] {
  return [...options, json, help]
}

/** @returns `help` if that is asked for. @throws {WrongUse} */
export function parse(
  command: Command,
  args: readonly string[],
  environment: Environment,
): Arguments | 'help' {
  const options = optionsOf(command)
  const [own, rest] = command.rest === undefined ? [args, null] : apart(args)
  const { values, positionals } = parsed(options, own)
  if (values.help === true) return 'help'
  if (command.usage === undefined) checkOperands(command, positionals)
  const texts = new Map<string, readonly string[]>()
  const flags = new Set<string>()
  for (const option of options) {
    const given = values[option.name] ?? ofEnvironment(option, environment)
    if (typeof given === 'boolean') {
      if (given) flags.add(option.name)
    } else if (given !== undefined) {
      for (const value of given) checkChoice(option, value)
      texts.set(option.name, given)
    } else if (option.needed) throw new WrongUse(`It needs --${option.name} ${option.value}.`)
  }
  return { operands: positionals, rest, values: texts, flags, json: values.json === true }
}

function apart(args: readonly string[]): [own: readonly string[], rest: readonly string[] | null] {
  const at = args.indexOf('--')
  return at < 0 ? [args, null] : [args.slice(0, at), args.slice(at + 1)]
}

function checkOperands({ operands }: Command, given: readonly string[]): void {
  const missing = operands.slice(given.length).find(({ optional }) => !optional)
  if (missing !== undefined) throw new WrongUse(missing.missing)
  if (operands.at(-1)?.many || given.length <= operands.length) return
  const tooMany = `"${given[operands.length]}" is one too many.`
  throw new WrongUse(operands[0] === directoryOperand ? `One directory at a time: ${tooMany}` : tooMany)
}

function checkChoice({ name, choices }: Option, value: string): void {
  if (choices === undefined || choices.includes(value)) return
  throw new WrongUse(`--${name} is one of ${choices.join(', ')}, and not "${value}".`)
}

/** An empty variable is none. */
function ofEnvironment(
  { variable, repeated, value }: Option,
  environment: Environment,
): readonly string[] | true | undefined {
  const text = variable === undefined ? undefined : environment[variable]
  if (text === undefined || text === '') return undefined
  if (value === null) return text === '1' || text === 'true' ? true : undefined
  if (!repeated) return [text]
  return text
    .split(',')
    .map((part) => part.trim())
    .filter(Boolean)
}

type Parsed = Record<string, readonly string[] | boolean | undefined>

function parsed(
  options: readonly Option[],
  args: readonly string[],
): { values: Parsed; positionals: string[] } {
  const config = options.map(({ name, value }) => {
    const type = value === null ? ('boolean' as const) : ('string' as const)
    return [name, { type, multiple: value !== null, ...(name === 'help' ? { short: 'h' } : {}) }] as const
  })
  try {
    const { values, positionals } = parseArgs({
      args: withValues(options, args),
      options: Object.fromEntries(config),
      allowPositionals: true,
    })
    for (const { name, repeated } of options) {
      const given = values[name]
      if (!repeated && Array.isArray(given) && given.length > 1)
        throw new WrongUse(`--${name} is given once, and not ${given.length} times.`)
    }
    return { values: values as Parsed, positionals }
  } catch (error) {
    // Its further sentences are advice for rarer cases.
    if (error instanceof TypeError)
      throw new WrongUse(
        `${error.message.split(/\.? (?=To specify)|\.$/)[0]}.${guess(error.message, options)}`,
      )
    throw error
  }
}

/** Gives options that stand alone the value that they have then, since `parseArgs` takes a value or none. */
function withValues(options: readonly Option[], args: readonly string[]): string[] {
  const end = args.includes('--') ? args.indexOf('--') : args.length
  return args.map((arg, at) => {
    const option = options.find(({ name, alone }) => alone !== undefined && arg === `--${name}`)
    const stands = at < end && (at + 1 === args.length || args[at + 1]!.startsWith('-'))
    return option !== undefined && stands ? `${arg}=${option.alone}` : arg
  })
}

function guess(message: string, options: readonly Option[]): string {
  const [, unknown] = /^Unknown option '--([^']+)'/.exec(message) ?? []
  if (unknown === undefined) return ''
  const near = nearest(
    unknown,
    options.map(({ name }) => name),
  )
  return near === null ? '' : ` Is --${near} meant?`
}

/** @returns the value of an option that counts entries, or null if it was not given. @throws {WrongUse} */
export function indexOf(name: string, text: string | null): number | null {
  if (text === null) return null
  const index = Number(text)
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(index) || index === 0)
    throw new WrongUse(`--${name} is the index of an entry: a whole number from 1 on, and not "${text}".`)
  return index
}

/** @returns the value of an option that is a whole number, or null if it was not given. @throws {WrongUse} */
export function wholeNumberOf(
  name: string,
  text: string | null,
  [least, most]: readonly [least: number, most: number],
): number | null {
  if (text === null) return null
  const number = Number(text)
  if (!/^\d+$/.test(text) || number < least || number > most)
    throw new WrongUse(`--${name} is a whole number from ${least} to ${most}, and not "${text}".`)
  return number
}

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/** @returns milliseconds, or null if it was not given. @throws {WrongUse} for what is no time above zero: `500ms`, `10s`, `1.5m`, `2h`, `7d`. */
export function durationOf(name: string, text: string | null): number | null {
  if (text === null) return null
  const [, number, unit] = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(text) ?? []
  const ms = number === undefined ? 0 : Math.round(Number(number) * UNITS[unit!]!)
  if (ms < 1 || !Number.isSafeInteger(ms))
    throw new WrongUse(`--${name} is a time like 500ms, 10s, 5m, 2h or 7d, and not "${text}".`)
  return ms
}
