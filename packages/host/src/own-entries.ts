/** The entries that a core makes itself: they get their bytes here. */
import type { Core, OwnEntry } from '@rafted/core'
import { encodeConfiguration } from '@rafted/wire'
import { NO_PAYLOAD } from './replies.ts'
import type { LogTail } from './tail.ts'

/** Puts them into the tail. One that has been truncated since is nobody's any more. */
export function placeOwn(own: readonly OwnEntry[], core: Core, tail: LogTail): void {
  for (const { index, term, time, kind, configuration } of own) {
    if (core.termAt(index) !== term || index < tail.first || tail.get(index) !== undefined) continue
    const payload = configuration === null ? NO_PAYLOAD : encodeConfiguration(configuration)
    tail.put({ index, term, kind, time, payload })
  }
}
