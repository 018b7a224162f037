/** What a host says of itself. */
import { RaftedError } from '@rafted/contracts'

export function notHere(group: string, host: string): RaftedError {
  const message = `Group "${group}" does not run on host "${host}".`
  return new RaftedError('no-such-group', message, { outcome: 'not-applied' })
}

/** Why a request could not be sent, where the transport says no more. */
export const notTaken = new RaftedError('unreachable', 'Its host is not there, or the way to it is full.', {
  outcome: 'not-applied',
})
