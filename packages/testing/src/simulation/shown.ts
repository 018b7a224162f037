/** What traces and violations show of what happened. */
import { crc32 } from 'node:zlib'
import type { RaftedEvent } from '@rafted/contracts'

/** A number that tells events of one kind apart. */
export function numberOf(event: RaftedEvent): number {
  if ('term' in event) return event.term
  return 'index' in event ? event.index : 0
}

/** Bytes as their length and checksum: JSON has no short form for them. */
export function bytesAsSum(_key: string, value: unknown): unknown {
  return value instanceof Uint8Array ? `${value.length} bytes, ${crc32(value)}` : value
}

export function textOf(error: unknown): string {
  const cause = (error as { cause?: unknown } | null)?.cause
  return cause === undefined ? String(error) : `${String(error)} (${String(cause)})`
}
