/**
 * The network in which what one member sends to another arrives in the order it was sent, each message at most once, and no more than a
 * bounded number is lost. A crash breaks the connections of its process: any number of messages that were under way to it is
 * lost, from the first on, and what it had sent arrives.
 */
import type { Accounts } from './accounts.ts'
import { DeadLetters } from './dead-letters.ts'
import { InOrderSituation } from './in-order-situation.ts'
import { InOrderSteps } from './in-order-steps.ts'
import { Inboxes } from './inboxes.ts'
import type { Moves } from './moves.ts'
import type { Network, Step, Visit } from './network.ts'

export class InOrder implements Network {
  readonly here: InOrderSituation
  readonly next: InOrderSituation
  readonly #members: number
  readonly #steps: InOrderSteps

  /** @param reduce steps are interleaved, not the inputs in them, and messages of which nothing can come are forgotten. */
  constructor(moves: Moves, accounts: Accounts, renamings: number, terms: number, reduce: boolean) {
    this.#members = moves.ids.length
    const inboxes = new Inboxes(moves, renamings)
    const deadLetters = new DeadLetters(moves, inboxes, terms, reduce)
    this.#steps = new InOrderSteps(moves, accounts, inboxes, terms, reduce)
    this.here = new InOrderSituation(moves, accounts, inboxes, deadLetters, renamings)
    this.next = new InOrderSituation(moves, accounts, inboxes, deadLetters, renamings)
  }

  eachStep(visit: Visit): void {
    const { here } = this
    for (let place = 0; place < this.#members; place++) {
      const { unseen, seen } = this.#steps.of(here.state(place), here.inbox(place), here.account)
      for (const step of unseen) visit(place, step, false)
      for (const step of seen) visit(place, step, true)
    }
  }

  follow(place: number, step: Step): void {
    this.next.follow(this.here, place, step)
  }
}
