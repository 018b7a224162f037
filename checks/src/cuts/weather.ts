/** What a network is like at a moment: who can't send to whom, and whose lines are bad. */

/** Hosts by their number; the clients' place comes after the last of them. */
export type PlaceNumber = number

/** Nothing arrives that is sent this way. */
export interface Cut {
  readonly from: PlaceNumber
  readonly to: PlaceNumber
}

/** All that goes to and comes from a place. A network does of it what it can. */
export interface Line {
  readonly place: PlaceNumber
  readonly delayMs: number
  readonly jitterMs: number
  readonly lossPercent: number
  readonly duplicatePercent: number
  readonly reorderPercent: number
}

export interface Weather {
  readonly cuts: readonly Cut[]
  readonly lines: readonly Line[]
}

export const FAIR: Weather = { cuts: [], lines: [] }

export interface Network {
  /** What it is made of and can do, for people. */
  readonly means: string
  /** The weather from now on. */
  set(weather: Weather): Promise<void>
  /** Breaks what is connected with this place, where that is possible. */
  reset(place: PlaceNumber): void
  close(): Promise<void>
}
