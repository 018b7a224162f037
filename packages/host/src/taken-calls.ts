/**
 * Which calls of others this process has taken. A transport may bring a call twice, and the two would come to different ends: the first is refused, and its copy is
 * taken; or the first is taken, and its copy, which comes when the member leads no more, is refused. Whoever asked would be told that nothing happened, and it does.
 * So a call is taken once, whatever comes of it, and its copies are dropped.
 *
 * The calls of one sender are numbered upwards. Of each sender the newest numbers are remembered, a bit for each (as IPsec does against replays: RFC 6479).
 */

/** Senders that are remembered, those that sent last. */
const MAX_SENDERS = 4096
/** Numbers of one sender that are told apart; a copy that comes later than so many is taken for a new call. A power of two. */
const WINDOW = 8192
/** A number that is lower by more than this is that of another process at the same address. */
const FAR = 2 ** 20

class Sent {
  readonly #taken = new Int32Array(WINDOW / 32)
  #newest = Number.NEGATIVE_INFINITY

  isNew(id: number): boolean {
    const ahead = id - this.#newest
    if (ahead > 0 || ahead < -FAR) this.#moveTo(id, ahead)
    else if (ahead <= -WINDOW) return true
    const word = (id & (WINDOW - 1)) >> 5
    const bit = 1 << (id & 31)
    if ((this.#taken[word]! & bit) !== 0) return false
    this.#taken[word]! |= bit
    return true
  }

  /** The places between were those of numbers that have left the window. */
  #moveTo(id: number, ahead: number): void {
    if (ahead > 0 && ahead < WINDOW)
      for (let at = this.#newest + 1; at <= id; at++)
        this.#taken[(at & (WINDOW - 1)) >> 5]! &= ~(1 << (at & 31))
    else this.#taken.fill(0)
    this.#newest = id
  }
}

export class TakenCalls {
  readonly #sent = new Map<string, Sent>()
  /** Who sent last, most often sends next. */
  #sender: string | null = null
  #last = new Sent()

  /** Takes the call. @returns false for a copy of one that was taken before. */
  take(sender: string, id: number): boolean {
    if (sender !== this.#sender) this.#turnTo(sender)
    return this.#last.isNew(id)
  }

  #turnTo(sender: string): void {
    const sent = this.#sent.get(sender) ?? new Sent()
    // Put last, so that who has been silent for longest is forgotten first.
    this.#sent.delete(sender)
    this.#sent.set(sender, sent)
    if (this.#sent.size > MAX_SENDERS) this.#sent.delete(this.#sent.keys().next().value!)
    this.#sender = sender
    this.#last = sent
  }
}
