import type { Host } from '@rafted/host'
import type { Fleet } from 'rafted'

/** Groups whose members on this host wait for nothing: each follows a leader, or leads, and has all there is. */
export function quietOn({ host }: Pick<Fleet, 'host'>): number {
  const { inspect } = host as unknown as Host
  return host.groups().filter((group) => inspect.call(host, group)?.core.isQuiet === true).length
}
