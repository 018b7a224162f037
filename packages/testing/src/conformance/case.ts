/** What all suites share: a claim of a contract, tried on an implementation that stands in an empty place of its own. */
import assert from 'node:assert/strict'
import { type ErrorCode, isRaftedError } from '@rafted/contracts'

/** One claim, ready to be run by any test runner: a test named `name` that calls `run`. */
export interface ConformanceCase {
  /** The claim, in the words of the contract. */
  readonly name: string
  /** Rejects if the claim is false. */
  readonly run: () => Promise<void>
}

/** By name: what tries it, in a fresh place. */
export type Claims<Place> = Readonly<Record<string, (place: Place) => Promise<void>>>

/** @returns a case for each claim, each with a place of its own that is disposed of afterwards. */
export function casesOf<Place extends { dispose(): Promise<void> }>(
  make: () => Promise<Place>,
  claims: Claims<Place>,
): ConformanceCase[] {
  return Object.entries(claims).map(([name, claim]) => ({
    name,
    run: async () => {
      const place = await make()
      try {
        await claim(place)
      } finally {
        await place.dispose()
      }
    },
  }))
}

/** It rejects, with this code. */
export async function rejects(promise: Promise<unknown>, code: ErrorCode, what: string): Promise<void> {
  const error = await promise.then(
    () => null,
    (reason: unknown) => reason,
  )
  assert.ok(error !== null, `${what} does not reject`)
  assert.ok(isRaftedError(error, code), `${what} rejects with ${String(error)}, which is not ${code}`)
}

/** @returns a number that follows from `seed`, in [0, 1), at each call: histories that can be had again. */
export function numbersFrom(seed: number): () => number {
  let state = (seed * 2654435761) >>> 0
  return () => {
    // xorshift32 with a Weyl step, so that it never sticks at zero.
    state = (state + 0x9e3779b9) >>> 0
    let x = state
    x = Math.imul(x ^ (x >>> 16), 0x45d9f3b)
    x = Math.imul(x ^ (x >>> 16), 0x45d9f3b)
    return ((x ^ (x >>> 16)) >>> 0) / 2 ** 32
  }
}

/** Names that a store or a transport must take like any other. */
export const ODD_NAMES: readonly string[] = [
  'a',
  'A',
  'a/b',
  '../a',
  '.',
  'with space',
  'ä',
  'a\u0308',
  '__proto__',
  'constructor',
  'a%2Fb',
  'CON',
  'x'.repeat(200),
]
