/** The core of a member that starts. */
import { Core } from '@rafted/core'
import type { MemberOptions } from './member-options.ts'
import type { SettingsInForce } from './settings.ts'

/** Bytes of entries in one append, where the transport takes as many. */
const APPEND_BYTES = 256 * 1024

export function coreOf(options: MemberOptions, settings: SettingsInForce): Core {
  const { host, id, leadership, stored } = options
  return new Core(
    {
      id,
      random: host.fraction,
      leadership,
      maxAppendBytes: Math.min(APPEND_BYTES, host.outbox.maxPayloadBytes),
      firstWaitMs: firstWaitMs(options, settings.current.heartbeatMs),
      ...settings.ofCore,
    },
    stored,
    host.clock.now(),
  )
}

/** How long it waits for a leader before it asks for one, where that is less than an election timeout. Members of one host that are started again don't ask all in the same moment. */
function firstWaitMs({ host, isFirst, isReadBack }: MemberOptions, heartbeatMs: number): number {
  if (isReadBack) return heartbeatMs * host.random.number()
  return isFirst ? heartbeatMs : Number.POSITIVE_INFINITY
}
