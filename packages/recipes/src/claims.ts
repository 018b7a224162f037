/** One machine for locks, semaphores, elections and work that is done once: queues of claims, each with a lease by replicated time. */
import { CommandError, defineValue } from '@rafted/contracts'
import { type Claim, type ClaimsItem, ClaimsState } from './claims-state.ts'
import { isWhole } from './is-whole.ts'

/** More than that is refused. */
export const claimLimits = {
  /** Characters of a name, of a claim's id, of what others are shown of it, and of a result that is kept. */
  nameLength: 256,
  idLength: 64,
  labelLength: 1024,
  resultLength: 16_384,
  /** How many may hold a name at a time, and how many may hold it or wait for it. */
  permits: 1000,
  claimsOfName: 1000,
  /** Of all names of a group. */
  claims: 200_000,
  /** Names of a group that are finished and not forgotten: beyond these no work begins. */
  finished: 10_000,
  /** A week. */
  leaseMs: 7 * 24 * 3600 * 1000,
} as const

/** Beyond `finished`: for work that was under way when that many were reached. */
const FINISHING = 1000

/** What the command `claim` is given. */
export interface Ask {
  /** How many may hold the name at a time: those who claim one name agree on it. */
  readonly permits: number
  /** Milliseconds, whole. */
  readonly leaseMs: number
  readonly label: string
  /** Whether it is put in the queue when it can't hold at once. */
  readonly wait: boolean
  /** Whether the name is to be finished. */
  readonly once: boolean
}

/** Who holds a lock or a permit, as others see it. */
export interface Holder {
  readonly token: number
  readonly label: string
}

/**
 * By name a queue of claims. The first of them hold, as many as there are permits, each under a token that no other claim ever has and that is higher than all
 * before. A claim ends when it is released, or when it has not been renewed for its lease, whether it holds or waits; then the next one holds. Times are
 * replicated time, and a name without claims takes no room.
 *
 * A token is the claim's place among its kind: a number, `0` while it waits, `null` of one that is not there.
 */
export const claims = defineValue({
  create: () => new ClaimsState(),
  deadline: (all) => all.deadline,
  atDeadline: 'expire',
  commands: {
    /** Claims a name, once however often it is asked under one id. @returns its token; null if it can't hold at once and is not to wait. */
    claim(all, name: string, id: string, ask: Ask): number | null {
      checkNames(name, id)
      checkAsk(ask)
      const { permits, leaseMs, label, wait, once } = ask
      const place = all.place(name)
      if (place?.outcome) throw refused('finished', `"${name}" is finished.`, place.outcome)
      const live = all.live(name, this.time)
      if (live.length > 0 && place!.permits !== permits)
        throw refused('other-permits', `"${name}" has other permits: ${place!.permits}.`, {
          permits: place!.permits,
        })
      if (once && all.finished >= claimLimits.finished)
        throw refused('too-many-finished', 'So many names are finished: forget some of them.', null)
      if (live.some((claim) => claim.id === id))
        return tokenIn(all.set(name, permits, renewed(live, id, this.time)), id)
      if (!wait && live.length >= permits) return null
      checkRoom(live.length, all.claims)
      const own = { id, label, leaseMs, until: this.time + leaseMs, token: 0 }
      return tokenIn(all.set(name, permits, [...live, own]), id)
    },
    /** Its lease begins anew. @returns its token, as it is by now. */
    renew(all, name: string, id: string): number | null {
      checkNames(name, id)
      const live = all.live(name, this.time)
      if (tokenIn(live, id) === null) return null
      return tokenIn(all.set(name, all.place(name)!.permits, renewed(live, id, this.time)), id)
    },
    /** @returns whether it was there. */
    release(all, name: string, id: string): boolean {
      checkNames(name, id)
      const live = all.live(name, this.time)
      const left = live.filter((claim) => claim.id !== id)
      if (left.length === live.length) return false
      all.set(name, all.place(name)!.permits, left)
      return true
    },
    /** From now on so many may hold: of fewer, whoever holds goes on. @returns whether the name has any claims: without, there is nothing to change. */
    resize(all, name: string, permits: number): boolean {
      checkNames(name, '')
      checkPermits(permits)
      const live = all.live(name, this.time)
      if (live.length > 0) all.set(name, permits, live)
      return live.length > 0
    },
    /** Ends the name for good, if this claim holds it. @returns whether it does. */
    finish(all, name: string, id: string, result: string): boolean {
      checkNames(name, id)
      checkText('result', result, claimLimits.resultLength)
      const token = tokenIn(all.live(name, this.time), id)
      if (token === null || token === 0) return false
      if (all.finished >= claimLimits.finished + FINISHING)
        throw refused('too-many-finished', 'So many names are finished: forget some of them.', null)
      all.finish(name, { token, result })
      return true
    },
    /** A name that is finished is as if it had never been. @returns whether it was. */
    forget(all, name: string): boolean {
      const isFinished = all.place(name)?.outcome != null
      if (isFinished) all.remove(name)
      return isFinished
    },
    /** Removes what is over; comes by itself. @returns how many claims. */
    expire(all): number {
      return all.expire(this.time)
    },
  },
  queries: {
    /** Its token. */
    claimed(all, name: string, id: string): number | null {
      return tokenIn(all.live(name, this.time), id)
    },
    /** In the order in which they came. */
    holders(all, name: string): readonly Holder[] {
      return all
        .live(name, this.time)
        .filter(({ token }) => token > 0)
        .map(({ token, label }) => ({ token, label }))
    },
    /** How many wait. */
    waiting(all, name: string): number {
      return all.live(name, this.time).filter(({ token }) => token === 0).length
    },
    outcome: (all, name: string) => all.place(name)?.outcome ?? null,
  },
  snapshot: (all) => all.items(),
  restore: (all, item: ClaimsItem) => all.restore(item),
})

function tokenIn(live: readonly Claim[], id: string): number | null {
  return live.find((claim) => claim.id === id)?.token ?? null
}

function renewed(live: readonly Claim[], id: string, time: number): readonly Claim[] {
  const at = live.findIndex((claim) => claim.id === id)
  const claim = live[at]!
  return live.with(at, { ...claim, until: time + claim.leaseMs })
}

function refused(reason: string, message: string, data: unknown): CommandError {
  return new CommandError(reason, message, data)
}

// Whatever a client sends must be refused before it can do harm: what a command in place throws otherwise stops every member.

function checkRoom(ofName: number, all: number): void {
  if (ofName >= claimLimits.claimsOfName)
    throw refused('too-many-claims', 'Too many hold this name, or wait for it.', { ofName })
  if (all >= claimLimits.claims) throw refused('too-many-claims', 'The group has too many claims.', { all })
}

function checkNames(name: unknown, id: unknown): void {
  checkText('name', name, claimLimits.nameLength)
  checkText('id', id, claimLimits.idLength)
}

function checkAsk(ask: unknown): void {
  if (typeof ask !== 'object' || ask === null)
    throw refused('bad-claim', 'A claim says what it asks for.', null)
  const { permits, leaseMs, label, wait, once } = ask as Record<keyof Ask, unknown>
  checkPermits(permits)
  if (!isWhole(leaseMs, 1, claimLimits.leaseMs))
    throw refused('bad-claim', 'A lease is 1 to 604800000 whole milliseconds.', null)
  checkText('label', label, claimLimits.labelLength)
  if (typeof wait !== 'boolean' || typeof once !== 'boolean')
    throw refused('bad-claim', 'Whether to wait, and whether once, is true or false.', null)
}

function checkPermits(permits: unknown): void {
  if (!isWhole(permits, 1, claimLimits.permits))
    throw refused('bad-claim', 'Permits are a whole number from 1 to 1000.', null)
}

function checkText(what: string, text: unknown, length: number): void {
  if (typeof text !== 'string' || text.length > length)
    throw refused('bad-claim', `A ${what} is a text of at most ${length} characters.`, null)
}
