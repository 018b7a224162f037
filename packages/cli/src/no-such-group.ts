import { RaftedError } from '@rafted/contracts'
import { shownName } from './shown.ts'

/** @param groups those that there are. */
export function noSuchGroup(group: string, groups: readonly string[]): RaftedError {
  const others = groups.length === 0 ? 'none at all' : [...groups].sort().map(shownName).join(', ')
  return new RaftedError('no-such-group', `This host has no group ${shownName(group)}; it has ${others}.`, {
    outcome: 'not-applied',
    details: { group },
  })
}
