/** Which entries a member keeps in memory. All it has been handed are in the store by then: what is gone from here can be read there. */
import type { Core } from '@rafted/core'
import type { LogTail } from './tail.ts'

/** Of the newest entries that need not be kept: what whoever leads next, or watches, may ask for. */
const SPARE_BYTES = 64 * 1024
/** The same, as a part of all that may be kept, where that is little. */
const SPARE_PART = 1 / 4

export interface Keeping {
  readonly tail: LogTail
  readonly core: Pick<Core, 'lastIndex' | 'heldByAll' | 'bytesAfter'>
  readonly appliedIndex: number
  readonly own: { readonly tailBytes: number }
  readonly host: { readonly logs: { readonly durableAtOnce?: boolean } }
}

/**
 * What is applied here, and known to be on the disk of every member where this one leads, goes soon. It is young then, and costs the engine's collections
 * nothing; what has grown old is copied twice, and looked at again with all else.
 */
export function letGo({ tail, core, appliedIndex, own, host }: Keeping): void {
  const { tailBytes } = own
  tail.evict(core.lastIndex, tailBytes)
  // A store in memory gives back at once what few will ask for.
  if (host.logs.durableAtOnce === true) {
    tail.evict(appliedIndex, 0)
    return
  }
  const { heldByAll } = core
  const upTo = heldByAll === null ? appliedIndex : Math.min(appliedIndex, heldByAll)
  tail.evict(upTo, Math.min(SPARE_BYTES, tailBytes * SPARE_PART) + core.bytesAfter(upTo))
}
