import { RaftedError } from '@rafted/contracts'
import type { Claim } from './lock-claim.ts'

export function inUse(directory: string, holder: Claim | null): RaftedError {
  const who =
    holder === null
      ? 'another process'
      : `process ${holder.pid} on "${holder.machine}" since ${holder.since} (a container counts processes by itself)`
  return new RaftedError(
    'directory-in-use',
    `The directory ${directory} is in use by ${who}. Stop that process, or give this one a directory of its own.`,
    {
      outcome: 'not-applied',
      details:
        holder === null
          ? { directory }
          : { directory, pid: holder.pid, machine: holder.machine, since: holder.since },
    },
  )
}

export function takenAway(directory: string, holder: Claim | null): RaftedError {
  const who = holder === null ? 'another process' : `process ${holder.pid} on "${holder.machine}"`
  return new RaftedError(
    'directory-in-use',
    `The directory ${directory} was taken by ${who}, since this one had been silent for too long or its lock file was removed. Nothing more is written here. Start this host anew when the other has stopped.`,
    { outcome: 'not-applied', details: { directory } },
  )
}

export function released(directory: string): RaftedError {
  return new RaftedError('closed', `The directory ${directory} has been closed.`, { outcome: 'not-applied' })
}
