/** What the claims machine holds: for each name a queue of claims, of which the first hold. */
import { CowMap, SortedCowMap } from '@rafted/contracts'
import { type DueAt, soonest } from './soonest.ts'

/** One that wants a name, or holds it. */
export interface Claim {
  /** Drawn by whoever claims. */
  readonly id: string
  /** What others are shown of it. */
  readonly label: string
  readonly leaseMs: number
  /** Replicated time at which it is over unless it is renewed before: of one that waits as of one that holds. */
  readonly until: number
  /** Given when it becomes a holder, and never to another claim; 0 while it waits. */
  readonly token: number
}

/** What work that is done once has come to. */
export interface Outcome {
  /** That of the holder that finished it. */
  readonly token: number
  readonly result: string
}

/** A name that is claimed, or finished: there is none that is neither. */
export interface Place {
  /** How many claims may hold at a time. */
  readonly permits: number
  /** In the order in which they came. Those that hold stand before those that wait. */
  readonly claims: readonly Claim[]
  /** When the first of them is over; 0 if there are none. */
  readonly dueAt: number
  /** Null unless it is finished: then there are no claims, and come no more. */
  readonly outcome: Outcome | null
}

/** Its first item says which token was given last; each of the others is a place. */
export type ClaimsItem = { readonly tokens: number } | readonly [name: string, place: Place]

/** Claims that are removed at one time entry, but for the last name's: what is left is done at the next one. */
const EXPIRED_AT_ONCE = 1000

export class ClaimsState {
  readonly #places = new CowMap<string, Place>()
  /** When the first claim of each name is over. */
  readonly #due = new SortedCowMap<DueAt, null>([], soonest)
  /** The first of `#due`; undefined while nobody has looked since it went. To look freezes, and what is changed next is copied. */
  #deadline: number | null | undefined = null
  #tokens = 0
  #claims = 0
  #finished = 0

  /** Of all names. Those that are over count until they are removed. */
  get claims(): number {
    return this.#claims
  }

  /** Names that are finished. */
  get finished(): number {
    return this.#finished
  }

  /** When the first claim is over, or null. */
  get deadline(): number | null {
    if (this.#deadline === undefined) {
      const { done, value } = this.#due.keys().next()
      this.#deadline = done ? null : value.at
    }
    return this.#deadline
  }

  place(name: string): Place | undefined {
    return this.#places.get(name)
  }

  /** The claims of a name that are not over, whether or not the others have been removed yet. */
  live(name: string, time: number): readonly Claim[] {
    const place = this.#places.get(name)
    if (place === undefined) return []
    return place.dueAt > time ? place.claims : place.claims.filter(({ until }) => until > time)
  }

  /** The one way in which claims change: whoever is among the first by now, and was not, becomes a holder. @returns the claims as they are then. */
  set(name: string, permits: number, claims: readonly Claim[]): readonly Claim[] {
    const granted = [...claims]
    for (let at = 0; at < Math.min(permits, granted.length); at++) {
      const claim = granted[at]!
      if (claim.token === 0) granted[at] = { ...claim, token: ++this.#tokens }
    }
    if (granted.length === 0) this.#put(name, null)
    else {
      let dueAt = Number.POSITIVE_INFINITY
      for (const { until } of granted) dueAt = Math.min(dueAt, until)
      this.#put(name, { permits, claims: granted, dueAt, outcome: null })
    }
    return granted
  }

  finish(name: string, outcome: Outcome): void {
    this.#put(name, { permits: 1, claims: [], dueAt: 0, outcome })
  }

  /** Finished or claimed, it is as if it had never been. */
  remove(name: string): void {
    this.#put(name, null)
  }

  /** Removes claims that are over, the earliest first. @returns how many. */
  expire(time: number): number {
    let removed = 0
    for (const { at, name } of this.#due.keys()) {
      if (at > time || removed >= EXPIRED_AT_ONCE) break
      const { permits, claims } = this.#places.get(name)!
      const live = this.live(name, time)
      removed += claims.length - live.length
      this.set(name, permits, live)
    }
    return removed
  }

  *items(): Generator<ClaimsItem, undefined> {
    const places = this.#places.freeze()
    try {
      yield { tokens: this.#tokens }
      yield* places
    } finally {
      places.release()
    }
  }

  restore(item: ClaimsItem): void {
    if ('tokens' in item) this.#tokens = item.tokens
    else this.#put(item[0], item[1])
  }

  #put(name: string, place: Place | null): void {
    const before = this.#places.get(name)
    if (before !== undefined) this.#count(name, before, -1)
    if (place === null) this.#places.delete(name)
    else {
      this.#places.set(name, place)
      this.#count(name, place, 1)
    }
  }

  /** @param by 1 for a place that comes, -1 for one that goes. */
  #count(name: string, { claims, dueAt: at, outcome }: Place, by: 1 | -1): void {
    this.#claims += by * claims.length
    if (outcome !== null) this.#finished += by
    if (claims.length === 0) return
    if (by === 1) {
      this.#due.set({ at, name }, null)
      if (this.#deadline !== undefined) this.#deadline = Math.min(at, this.#deadline ?? at)
    } else {
      this.#due.delete({ at, name })
      if (this.#deadline === at) this.#deadline = undefined
    }
  }
}
