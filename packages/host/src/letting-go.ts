/** Which entries a member keeps in memory. All it has been handed are in the store by then: what is gone from here can be read there. */
import type { Core } from '@rafted/core'
import type { LogTail } from './tail.ts'

/** Of the newest entries that nobody is known to lack: what whoever leads next, or watches, may ask for. */
const SPARE_BYTES = 64 * 1024
/** The same, as a part of all that may be kept, where that is little. */
const SPARE_PART = 1 / 4

export interface Keeping {
  readonly tail: LogTail
  readonly core: Pick<Core, 'lastIndex' | 'heldByAll'>
  readonly appliedIndex: number
  readonly own: { readonly tailBytes: number }
  readonly host: { readonly logs: { readonly durableAtOnce?: boolean } }
}

/**
 * What is applied, and lacked by nobody as far as is known, goes soon. It is young then, and costs the engine's collections nothing; what has grown old is
 * copied twice, and looked at again with all else.
 */
export function letGo({ tail, core, appliedIndex, own, host }: Keeping): void {
  tail.evict(core.lastIndex, own.tailBytes)
  // A store in memory gives back at once what few will ask for.
  if (host.logs.durableAtOnce === true) tail.evict(appliedIndex, 0)
  else tail.evict(lackedByNobody(core, appliedIndex), Math.min(SPARE_BYTES, own.tailBytes * SPARE_PART))
}

function lackedByNobody({ heldByAll }: Keeping['core'], appliedIndex: number): number {
  return heldByAll === null ? appliedIndex : Math.min(appliedIndex, heldByAll)
}
