/** What goes wrong in a fleet, as its callers learn it. */
import { type ErrorCode, isRaftedError, RaftedError } from '@rafted/contracts'

/** Refusals of the registry that have a code of their own. */
const CODES: Readonly<Record<string, ErrorCode>> = {
  'already-exists': 'already-exists',
  'no-such-group': 'no-such-group',
  'member-lost': 'member-lost',
  inactive: 'inactive',
  overloaded: 'overloaded',
  'bad-argument': 'invalid-argument',
}

/** What the registry said no to. @throws what it throws that is no refusal of the registry. */
export async function asked<Value>(call: Promise<Value>): Promise<Value> {
  try {
    return await call
  } catch (error) {
    const code = isRefusal(error) ? CODES[error.details.reason as string] : undefined
    if (code === undefined || !isRaftedError(error)) throw error
    throw new RaftedError(code, error.message, { outcome: 'not-applied', details: error.details })
  }
}

function isRefusal(error: unknown): error is RaftedError {
  return isRaftedError(error, 'command-error')
}

/** Whether the registry refused since the host holds something. */
export function isInUse(error: unknown): boolean {
  return isRefusal(error) && error.details.reason === 'in-use'
}

/** Whether the registry refused since what was asked for is based on what is not so any more. */
export function isOvertaken(error: unknown): boolean {
  return isRefusal(error) && error.details.reason === 'try-again'
}

export function invalid(message: string): RaftedError {
  return new RaftedError('invalid-argument', message, { outcome: 'not-applied' })
}

export function noSuchGroup(name: string): RaftedError {
  return new RaftedError('no-such-group', `The fleet has no group "${name}".`, { outcome: 'not-applied' })
}

export function inactive(id: string): RaftedError {
  return new RaftedError('inactive', `Host "${id}" takes no part in the fleet: activate it first.`, {
    outcome: 'not-applied',
  })
}

export function notInitialised(id: string): RaftedError {
  const message = `Host "${id}" has found no fleet. Is one of its \`join\` addresses up? If there is none yet, call initialise() on one host, once.`
  return new RaftedError('not-initialised', message, { outcome: 'not-applied' })
}

export function noActiveHost(machine: string): RaftedError {
  const message = `No active host may take a member with the machine "${machine}": activate one whose code knows it.`
  return new RaftedError('no-active-host', message, { outcome: 'not-applied' })
}

export function tooLate(what: string, timeoutMs: number): RaftedError {
  return new RaftedError('timeout', `${what} was not done within ${timeoutMs} ms; it may still be.`, {
    outcome: 'unknown',
  })
}

export function closed(id: string): RaftedError {
  return new RaftedError('closed', `The fleet on host "${id}" is closed.`, { outcome: 'not-applied' })
}
