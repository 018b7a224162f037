import type { LogWrite } from '@rafted/contracts'

/** What a log looks like to a write. */
interface WrittenLog {
  readonly removedAt: number | null
  readonly base: { readonly index: number }
  /** Index of the last entry, or of the base. */
  readonly last: number
}

/** @returns why `write` doesn't fit, or null. Looked at before anything is changed, so that a write is never half done. */
export function faultOf(log: WrittenLog, { reset, truncateFrom, entries }: LogWrite): string | null {
  if (log.removedAt !== null) return 'the member was removed from its group'
  const base = reset === null ? log.base.index : reset.index
  let last = reset === null ? log.last : base
  if (truncateFrom !== null) last = Math.max(base, Math.min(last, truncateFrom - 1))
  for (const { index } of entries) {
    last += 1
    if (index !== last) return `entry ${index} stands where ${last} should`
  }
  return null
}
