/**
 * Reads a snapshot into a value chunk by chunk, and lets all else have its turn in between: a store in memory never waits, one on files reads many blocks at once, and a large
 * value would hold up the process. Tells, now and then, how far it has come. A short one says nothing.
 */
import type { SnapshotMeta } from '@rafted/contracts'
import type { HostContext } from './context.ts'

const TELL_EVERY_MS = 500

/** The chunks of a snapshot on their way into a value, unchanged. */
export type Watch = (meta: SnapshotMeta, chunks: AsyncIterable<Uint8Array>) => AsyncIterable<Uint8Array>

export function watchRestoring({ clock, event }: Pick<HostContext, 'clock' | 'event'>, group: string): Watch {
  return async function* ({ index, size }, chunks) {
    let told = clock.now()
    let bytes = 0
    for await (const chunk of chunks) {
      bytes += chunk.byteLength
      const now = clock.now()
      if (now - told >= TELL_EVERY_MS) {
        told = now
        event({ kind: 'snapshot-restoring', level: 'info', group, index, bytes, of: size })
      }
      yield chunk
      await new Promise<void>((resolve) => clock.soon(resolve))
    }
  }
}
