/** What a host is given is checked where it is given. */
import { RaftedError } from '@rafted/contracts'
import { utf8Length } from '@rafted/wire'
import type { MemberSettings } from './context.ts'

/** @throws {RaftedError} `invalid-argument` unless `name` is text of 1 to `maxBytes` bytes. */
export function checkName(what: string, name: unknown, maxBytes: number): void {
  if (typeof name === 'string' && name !== '' && utf8Length(name) <= maxBytes) return
  throw invalid(`${what} must be text of 1 to ${maxBytes} bytes, not ${JSON.stringify(name)}`)
}

/** @throws {RaftedError} `invalid-argument` naming the setting. */
export function checkSettings(settings: MemberSettings): MemberSettings {
  for (const [name, value] of Object.entries(settings))
    if (!Number.isFinite(value) || value <= 0)
      throw invalid(`the setting ${name} must be a positive number, not ${value}`)
  if (settings.electionMs < 2 * settings.heartbeatMs)
    throw invalid('electionMs must be at least twice heartbeatMs, or one lost heartbeat costs an election')
  return settings
}

function invalid(problem: string): RaftedError {
  return new RaftedError('invalid-argument', `This host can't be set up: ${problem}.`, {
    outcome: 'not-applied',
  })
}
