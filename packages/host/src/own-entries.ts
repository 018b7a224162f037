/** The entries that a core makes itself get their bytes. */
import { type Core, EntryKind, type OwnEntry } from '@rafted/core'
import { encodeConfiguration, encodeLease } from '@rafted/wire'
import { NO_PAYLOAD } from './replies.ts'
import type { LogTail } from './tail.ts'

/** Puts what the core has made into the tail. One that has been truncated since is nobody's any more. */
export function placeOwn(own: readonly OwnEntry[], member: string, core: Core, tail: LogTail): void {
  for (const entry of own) {
    const { index, term, kind, time } = entry
    if (core.termAt(index) !== term || index < tail.first || tail.get(index) !== undefined) continue
    tail.put({ index, term, kind, time, payload: payloadOf(entry, member) })
  }
}

function payloadOf({ kind, configuration, abstainMs }: OwnEntry, leader: string): Uint8Array {
  if (configuration !== null) return encodeConfiguration(configuration)
  return kind === EntryKind.lease ? encodeLease({ leader, abstainMs }) : NO_PAYLOAD
}
