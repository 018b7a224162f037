/** The core of a member that starts. */
import { Core } from '@rafted/core'
import type { MemberOptions } from './member-options.ts'
import type { SettingsInForce } from './settings.ts'

/** Bytes of entries in one append, where the transport takes as many. */
const APPEND_BYTES = 256 * 1024

export function coreOf(
  { host, id, leadership, isFirst, isReadBack, stored }: MemberOptions,
  settings: SettingsInForce,
): Core {
  const { heartbeatMs } = settings.current
  return new Core(
    {
      id,
      random: () => host.random.number(),
      leadership,
      maxAppendBytes: Math.min(APPEND_BYTES, host.outbox.maxPayloadBytes),
      firstWaitMs: isFirst
        ? heartbeatMs
        : isReadBack
          ? heartbeatMs * host.random.number()
          : Number.POSITIVE_INFINITY,
      ...settings.ofCore,
    },
    stored,
    host.clock.now(),
  )
}
