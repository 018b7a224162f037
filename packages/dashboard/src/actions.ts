/** What people may do from the page, where that was allowed. */
import { RaftedError } from '@rafted/contracts'
import { invalid, type Settings } from './options.ts'
import type { DashboardHost } from './sources.ts'

/** What the page asks for. */
export type Action =
  /** Hands the leadership of the group over; `to` null: to the best there is. */
  | { readonly action: 'transfer'; readonly group: string; readonly to: string | null }
  /** Takes the member out of the group. */
  | { readonly action: 'remove'; readonly group: string; readonly member: string }
  /** Moves all members of the fleet away from this host. */
  | { readonly action: 'drain' }
  /** Hands over all groups that are led here. */
  | { readonly action: 'hand-over' }

/** What came of it. */
export interface Done {
  /** False: it goes on, and the page shows how far it is. */
  readonly isDone: boolean
  readonly text: string
}

/** Actions under way. */
const MOST_UNDER_WAY = 4
const ACT_MS = 20_000
/** Draining moves all that the host holds. */
const DRAIN_MS = 3600_000
/** What is refused, is refused by then. */
const BEGUN_MS = 1000
/** Groups that are handed over at the same time. */
const HANDED_AT_ONCE = 8

export class Actions {
  readonly #host: DashboardHost
  readonly #settings: Settings
  #underWay = 0
  #isDraining = false
  readonly #ended = new AbortController()

  constructor(host: DashboardHost, settings: Settings) {
    this.#host = host
    this.#settings = settings
  }

  /** @throws {RaftedError} `not-allowed`, `invalid-argument`, `overloaded`, and what the action throws. */
  async act(asked: unknown): Promise<Done> {
    if (!this.#settings.actions)
      throw refused(
        'not-allowed',
        'This dashboard only shows. It acts where it is opened with { actions: true }, or by `rafted start --dashboard-actions`.',
      )
    const action = actionOf(asked)
    if (this.#underWay >= MOST_UNDER_WAY)
      throw refused('overloaded', `${MOST_UNDER_WAY} actions are under way. Wait for one of them.`)
    this.#underWay++
    try {
      return await this.#act(action)
    } finally {
      this.#underWay--
    }
  }

  close(): void {
    this.#ended.abort()
  }

  async #act(action: Action): Promise<Done> {
    const { client } = this.#settings
    const within = { timeoutMs: ACT_MS, signal: this.#ended.signal }
    if (action.action === 'transfer') {
      await client.transferLeadership(action.group, action.to, within)
      return done('Leadership has been handed over.')
    }
    if (action.action === 'remove') {
      await client.removeMember(action.group, action.member, within)
      return done('The member has been removed.')
    }
    return action.action === 'drain' ? this.#drain() : await this.#handOver()
  }

  async #drain(): Promise<Done> {
    const { fleet } = this.#settings
    if (fleet === null)
      throw refused('unsupported', 'Only a host of a fleet can be drained: others have nowhere to go.')
    const text = `Host "${fleet.id}" is being drained.`
    if (this.#isDraining) return { isDone: false, text }
    this.#isDraining = true
    const ended = (): void => {
      this.#isDraining = false
    }
    const draining = fleet.drain({ timeoutMs: DRAIN_MS, signal: this.#ended.signal })
    void draining.then(ended, ended)
    // It takes as long as its members take to go, and the page sees them go. Whether it begins at all is known soon.
    const isDone = await Promise.race([draining.then(() => true), this.#isBegun()])
    return isDone ? done(`Host "${fleet.id}" holds nothing any more.`) : { isDone, text }
  }

  #isBegun(): Promise<false> {
    return new Promise((resolve) => {
      this.#settings.clock.after(BEGUN_MS, () => resolve(false))
    })
  }

  async #handOver(): Promise<Done> {
    const { client } = this.#settings
    const left = [...this.#host.groups()]
    let given = 0
    let kept = 0
    const work = async (): Promise<void> => {
      for (let name = left.shift(); name !== undefined; name = left.shift()) {
        const status = await this.#host.status(name)
        if (status?.role !== 'leader' || status.host !== this.#host.id) continue
        try {
          await client.transferLeadership(name, null, { timeoutMs: ACT_MS, signal: this.#ended.signal })
          given++
        } catch {
          kept++
        }
      }
    }
    await Promise.all(Array.from({ length: HANDED_AT_ONCE }, work))
    return done(
      kept === 0
        ? `Groups that were handed over: ${given}.`
        : `Groups that were handed over: ${given}. Nobody could take over ${kept}.`,
    )
  }
}

/** @throws {RaftedError} `invalid-argument`. */
function actionOf(asked: unknown): Action {
  const { action, group, to, member } = (asked ?? {}) as Record<string, unknown>
  if (action === 'drain' || action === 'hand-over') return { action }
  if (typeof group !== 'string' || group === '') throw invalid('`group` is the name of a group.')
  if (action === 'transfer') {
    if (to !== null && typeof to !== 'string') throw invalid('`to` is the id of a member, or null.')
    return { action, group, to }
  }
  if (action !== 'remove') throw invalid('`action` is one of transfer, remove, drain and hand-over.')
  if (typeof member !== 'string') throw invalid('`member` is the id of a member.')
  return { action, group, member }
}

function done(text: string): Done {
  return { isDone: true, text }
}

function refused(code: 'not-allowed' | 'overloaded' | 'unsupported', message: string): RaftedError {
  return new RaftedError(code, message, { outcome: 'not-applied' })
}
