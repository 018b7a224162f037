/** Makes stories: acts on a world as it goes, and notes what is to be said when. What comes of it is a scenario like any other. */
import { type Action, type Link, linksBetween, type Scenario } from './action.ts'
import type { Flight } from './flight.ts'
import { History } from './history.ts'
import type { Member } from './member.ts'
import type { World } from './world.ts'

/** What is said from this step on. */
export interface Caption {
  readonly step: number
  readonly text: string
}

/** What a story waits for longer than this doesn't come. */
const PATIENCE_MS = 60_000

export class Director {
  readonly #history: History
  readonly captions: Caption[] = []

  constructor(founders: number, seed: number) {
    this.#history = new History({ founders, seed, actions: [], end: { step: 0, at: 0 } })
  }

  get world(): World {
    return this.#history.world
  }

  get scenario(): Scenario {
    return this.#history.scenario()
  }

  /** From now on this is said, until something else is. */
  say(text: string): void {
    this.captions.push({ step: this.world.step, text })
  }

  act(action: Action): void {
    if (!this.#history.act(action)) throw new Error('a story is longer than a scenario may be')
  }

  run(ms: number): void {
    this.#history.advanceTo(this.world.now + ms)
  }

  /** Things go on until this is so. Messages that `lost` names are lost as they are sent. */
  until(
    what: string,
    isSo: (world: World) => boolean,
    lost: (flight: Flight) => boolean = () => false,
  ): void {
    const end = this.world.now + PATIENCE_MS
    this.drop(lost)
    while (!isSo(this.world)) {
      if (this.world.now > end) throw new Error(`a story waits in vain until ${what}`)
      this.#history.stepForward()
      this.drop(lost)
    }
  }

  drop(lost: (flight: Flight) => boolean): void {
    for (const { id } of this.world.flights.filter(lost)) this.act({ kind: 'drop', message: id })
  }

  member(id: string): Member {
    return this.world.members.get(id)!
  }

  /** Election timeouts by member: from 0 for the shortest to 99 for the longest, null for chance. */
  patience(timeouts: Readonly<Record<string, number | null>>): void {
    for (const [member, patience] of Object.entries(timeouts))
      this.act({ kind: 'patience', member, patience })
  }

  propose(member: string): void {
    this.act({ kind: 'propose', member })
  }

  kill(...members: readonly string[]): void {
    for (const member of members) this.act({ kind: 'kill', member })
  }

  restart(...members: readonly string[]): void {
    for (const member of members) this.act({ kind: 'restart', member })
  }

  cut(...links: readonly Link[]): void {
    this.act({ kind: 'links', links, cut: true })
  }

  mend(...links: readonly Link[]): void {
    this.act({ kind: 'links', links, cut: false })
  }

  /** Cut off from all others, both ways. */
  cutOff(...ids: readonly string[]): void {
    const others = [...this.world.members.keys()].filter((id) => !ids.includes(id))
    this.cut(...linksBetween(ids, others))
  }

  heal(): void {
    this.act({ kind: 'heal' })
  }

  untilLeads(id: string, lost?: (flight: Flight) => boolean): void {
    this.until(`S${id} leads`, () => this.leads(id), lost)
  }

  leads(id: string): boolean {
    return this.member(id).core?.standing.role === 'leader'
  }

  /** All that run, but for those that are named, have applied up to the same index, this one or a later one. */
  untilAllApplied(index: number, ...except: readonly string[]): void {
    const others = (): Member[] =>
      [...this.world.members.values()].filter(({ id, core }) => core !== null && !except.includes(id))
    this.until(`all have applied entry ${index}`, () =>
      others().every(({ commit }) => commit >= index && commit === others()[0]!.commit),
    )
  }

  lastIndex(id: string): number {
    return this.member(id).core!.lastIndex
  }
}
