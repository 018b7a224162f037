/** What a host is given is checked where it is given. */
import {
  type Codec,
  codecOf,
  type Machine,
  machineVersions,
  RaftedError,
  type Transport,
} from '@rafted/contracts'
import { type LeadershipWish, leaderships } from '@rafted/core'
import { CHOSEN_NAMES, type GroupSettings, MAX_NAME_BYTES, settingsProblem, utf8Length } from '@rafted/wire'
import { defaultSettings, type MemberSettings } from './context.ts'
import type { Founding } from './host-options.ts'

const MAY_BE_0: readonly string[] = ['clockDriftMarginMs', 'quietAfterMs']

/** A configuration of many members fits, with what surrounds it. */
const MIN_BATCH_BYTES = 16 * 1024

/** @throws {RaftedError} `invalid-argument` unless `name` is text of 1 to `maxBytes` bytes. */
export function checkName(what: string, name: unknown, maxBytes: number): void {
  if (typeof name === 'string' && name !== '' && utf8Length(name) <= maxBytes) return
  throw invalid(`${what} must be text of 1 to ${maxBytes} bytes, not ${JSON.stringify(name)}`)
}

/** @throws {RaftedError} `invalid-argument` unless the protocol's own messages fit in the transport's batches. */
export function checkTransport(transport: Transport): void {
  if (typeof transport?.listen !== 'function') throw invalid('transport must be a Transport')
  if (transport.maxBatchBytes >= MIN_BATCH_BYTES) return
  const { maxBatchBytes } = transport
  throw invalid(`its transport takes batches of ${maxBatchBytes} bytes, and must take ${MIN_BATCH_BYTES}`)
}

/** @throws {RaftedError} `invalid-argument` naming the setting. */
export function checkSettings(settings: GroupSettings & MemberSettings): GroupSettings & MemberSettings {
  for (const [name, value] of Object.entries(settings))
    if (!MAY_BE_0.includes(name) && (!Number.isFinite(value) || value <= 0))
      throw invalid(`the setting ${name} must be a positive number, not ${value}`)
  const problem = settingsProblem(settings)
  if (problem !== null) throw invalid(problem)
  return settings
}

/** Whether a group could begin with them. @throws {RaftedError} `invalid-argument` naming the setting. */
export function checkGroupSettings(settings: Partial<GroupSettings>): void {
  const unknown = Object.keys(settings).find((name) => !(CHOSEN_NAMES as readonly string[]).includes(name))
  if (unknown !== undefined) throw invalid(`there is no setting ${unknown} of a group`)
  checkSettings({ ...defaultSettings, ...settings })
}

/** @throws {RaftedError} `invalid-argument` unless it is a time. */
export function checkSlowDisk(slowDiskMs: number): void {
  if (!(slowDiskMs > 0)) throw invalid(`slowDiskMs must be a positive number, not ${slowDiskMs}`)
}

/** @throws {RaftedError} `invalid-argument` unless it is a function. */
export function checkAuthorise(authorise: unknown): void {
  if (typeof authorise !== 'function')
    throw invalid(`authorise must be a function (client, group, right) => boolean, not ${String(authorise)}`)
}

/** @throws {RaftedError} `invalid-argument` unless `options` is an object. */
export function checkOptions(options: unknown): void {
  if (typeof options !== 'object' || options === null)
    throw invalid(`options must be an object, not ${options}`)
}

/** @throws {RaftedError} `invalid-argument` unless it is one of those there are. */
export function checkLeadership(leadership: LeadershipWish): void {
  if (!leaderships.includes(leadership))
    throw invalid(`leadership must be one of ${leaderships.join(', ')}, not ${JSON.stringify(leadership)}`)
}

/** @throws {RaftedError} `invalid-argument` unless the configuration has the member here as a voter of this host, and the machine's version is one. */
export function checkFounding(founding: Founding, host: string): void {
  const { incarnation, member, configuration, machineVersion } = founding
  if (!/^[0-9a-f]{32}$/.test(incarnation)) throw invalid('the incarnation in `founding` is no drawn id')
  const { voters = [], outgoing = null } = configuration ?? {}
  const self = voters.find(({ id }) => id === member)
  if (self?.host !== host || outgoing !== null)
    throw invalid(
      `the configuration in \`founding\` must name the member "${member}" as a voter of this host`,
    )
  if (!Number.isSafeInteger(machineVersion) || machineVersion < 1)
    throw invalid(`machineVersion in \`founding\` must be a version, not ${machineVersion}`)
}

/** @throws {RaftedError} `invalid-argument` unless `join` is a list of addresses. */
export function checkJoin(join: unknown): void {
  if (!Array.isArray(join)) throw invalid(`join must be an array of addresses, not ${JSON.stringify(join)}`)
  for (const address of join) checkName('each address in join', address, MAX_NAME_BYTES)
}

/**
 * Makes an instance of the machine, to see that it can be made: found out later, it would leave a log behind that nobody can open.
 * @throws {RaftedError} `invalid-argument`, with what the machine threw as its cause.
 */
export function checkMachine(machine: Machine, codec: Codec): void {
  if (typeof machine?.create !== 'function' || typeof machine.restore !== 'function')
    throw invalid('machine must be what defineValue, pureMachine or inPlaceMachine returned')
  machineVersions(machine)
  try {
    machine.create(codecOf(machine, codec))
  } catch (cause) {
    throw invalid(`the machine's first value could not be made: ${String(cause)}`, cause)
  }
}

function invalid(problem: string, cause?: unknown): RaftedError {
  const message = `This host can't be set up: ${problem}.`
  return new RaftedError('invalid-argument', message, { outcome: 'not-applied', cause })
}
