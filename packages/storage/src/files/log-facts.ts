/** The records of a batch that are no entries. */
import type { FoundBatch } from './log-batches.ts'
import { type FactPart, isStretch } from './log-broken-batch.ts'
import { RecordKind } from './log-format.ts'
import type { LogBytes } from './log-walk.ts'

/** @returns those that can be read, in order. */
export function* factsOf(bytes: LogBytes, batch: FoundBatch): Generator<FactPart> {
  if (batch.state === 'hole') return
  if (batch.state === 'broken') {
    for (const part of batch.parts) if (!isStretch(part)) yield part
    return
  }
  let at = batch.from
  for (let i = 0; i < batch.records; i++) {
    const end = bytes.recordEndUnchecked(at)
    const kind = bytes.kindOf(at)
    if (kind !== RecordKind.entry && kind !== RecordKind.copy) yield { at, end }
    at = end
  }
}
