/** What went into the queue against what came out. */

export interface Comparison {
  /** Items that went in, were acknowledged, and did not come out. */
  readonly lost: number
  /** Items that came out more often than they went in. */
  readonly duplicated: number
  /** The first difference, in words; null if there is none. */
  readonly difference: string | null
}

/** Compares two sequences of byte strings, order included. */
export function compare(sent: readonly Uint8Array[], received: readonly Uint8Array[]): Comparison {
  const balance = new Map<string, number>()
  const add = (item: Uint8Array, by: number): void => {
    const key = Buffer.from(item.buffer, item.byteOffset, item.byteLength).toString('latin1')
    balance.set(key, (balance.get(key) ?? 0) + by)
  }
  for (const item of sent) add(item, 1)
  for (const item of received) add(item, -1)
  let lost = 0
  let duplicated = 0
  for (const rest of balance.values()) {
    lost += Math.max(0, rest)
    duplicated += Math.max(0, -rest)
  }
  return { lost, duplicated, difference: firstDifference(sent, received) }
}

function firstDifference(sent: readonly Uint8Array[], received: readonly Uint8Array[]): string | null {
  const count = Math.max(sent.length, received.length)
  for (let i = 0; i < count; i++) {
    const before = sent[i]
    const after = received[i]
    if (before === undefined) return `line ${i + 1} came out and never went in: ${shown(after!)}`
    if (after === undefined) return `line ${i + 1} did not come out: ${shown(before)}`
    if (Buffer.compare(before, after) !== 0)
      return `line ${i + 1} went in as ${shown(before)} and came out as ${shown(after)}`
  }
  return null
}

function shown(bytes: Uint8Array): string {
  const text = JSON.stringify(Buffer.from(bytes.subarray(0, 60)).toString('latin1'))
  return bytes.length > 60 ? `${text}… (${bytes.length} bytes)` : text
}
