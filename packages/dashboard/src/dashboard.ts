/// <reference lib="esnext.disposable" preserve="true" />
/** Opens a dashboard: what it looks at, what it remembers, and the server that shows it, put together. */
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { drawId, type EventStream, RaftedError, type RaftedEvent } from '@rafted/contracts'
import { Actions } from './actions.ts'
import { GroupDetails } from './group-details.ts'
import { drawToken, Guard } from './guard.ts'
import { NewsKeeper } from './news.ts'
import { type DashboardOptions, invalid, type Settings, settingsOf } from './options.ts'
import { readPageFiles } from './page-files.ts'
import { Placement } from './placement.ts'
import { createDashboardServer } from './server.ts'
import type { DashboardHost } from './sources.ts'
import { TimedCalls } from './timed-calls.ts'
import type { GroupView, StateView } from './views.ts'
import { Watch } from './watch.ts'

/**
 * Serves a page that shows the groups of the host, and whatever the host's client can learn of their other members. It ends with the host.
 * @throws {RaftedError} `invalid-argument`, `address-in-use`.
 */
export async function openDashboard(host: DashboardHost, options: DashboardOptions = {}): Promise<Dashboard> {
  const settings = settingsOf(host, options)
  const dashboard = new Dashboard(host, settings)
  await dashboard.open()
  return dashboard
}

/** A dashboard that is served. `openDashboard` opens it. */
export class Dashboard implements AsyncDisposable {
  readonly #host: DashboardHost
  readonly #settings: Settings
  readonly #token: string
  readonly #life: string
  readonly #news: NewsKeeper
  readonly #watch: Watch
  readonly #details: GroupDetails
  readonly #placement: Placement | null
  readonly #actions: Actions
  readonly #calls = new TimedCalls()
  #events: EventStream<RaftedEvent> | null = null
  #server: Server | null = null
  #port = 0
  #closing: Promise<void> | null = null

  /** @internal */
  constructor(host: DashboardHost, settings: Settings) {
    const { clock, random, fleet, everyMs } = settings
    this.#host = host
    this.#settings = settings
    this.#token = drawToken(random)
    this.#life = drawId(random)
    this.#news = new NewsKeeper(clock)
    this.#placement = fleet === null ? null : new Placement(fleet, clock)
    const looked = (seconds: number): void => this.#calls.look(seconds)
    this.#watch = new Watch({ host, placement: this.#placement, clock, everyMs, looked })
    this.#details = new GroupDetails(host, settings)
    this.#actions = new Actions(host, settings)
  }

  /** @internal */
  async open(): Promise<void> {
    const { address, names } = this.#settings
    let guard = new Guard(this.#token, [])
    const answers = {
      get: {
        '/api/state': (query: URLSearchParams) => this.#state(query),
        '/api/group': (query: URLSearchParams) => this.#group(query.get('name') ?? ''),
      },
      post: { '/api/act': (body: unknown) => this.#actions.act(body) },
    }
    const server = createDashboardServer({ files: await readPageFiles(), guard: () => guard, answers })
    await listen(server, this.#settings)
    this.#server = server
    this.#port = (server.address() as AddressInfo).port
    const own = [...new Set(['127.0.0.1', 'localhost', '[::1]', inUrl(address)])]
    guard = new Guard(this.#token, [...own.map((name) => `${name}:${this.#port}`), ...names])
    // A host keeps its process alive, and who is asked about it need not.
    server.unref()
    void this.#hear().catch(() => this.close())
    // Not waited for: a registry that can't be asked is no reason to show nothing.
    void this.#placement?.look()
    try {
      await this.#watch.open()
    } catch (error) {
      await this.close()
      throw error
    }
  }

  /** The port it listens on. */
  get port(): number {
    return this.#port
  }

  /** Where the page is, with the token in its fragment, which browsers send to nobody. Whoever has it sees what the page shows, and may do what it may: print it, and log it nowhere. */
  get url(): string {
    const { address } = this.#settings
    const isAny = address === '0.0.0.0' || address === '::'
    return `http://${isAny ? '127.0.0.1' : inUrl(address)}:${this.#port}/#token=${this.#token}`
  }

  /**
   * Makes the call, and shows how long such calls take: the latency that this process sees, of commands and queries alike. What it resolves to, or rejects with, is that of the call.
   */
  async timed<T>(call: () => Promise<T>): Promise<T> {
    const { clock } = this.#settings
    const began = clock.now()
    let isFailed = true
    try {
      const answer = await call()
      isFailed = false
      return answer
    } finally {
      this.#calls.note(clock.now() - began, isFailed)
    }
  }

  /** Ends it; requests under way are cut off, and actions no longer waited for. Closing twice is closing once. */
  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #close(): Promise<void> {
    this.#watch.close()
    this.#actions.close()
    await this.#events?.return()
    const server = this.#server
    if (server === null) return
    await new Promise<void>((resolve) => {
      server.close(() => resolve())
      server.closeAllConnections()
    })
  }

  /** Until the host is closed, and the dashboard with it. */
  async #hear(): Promise<void> {
    const events = this.#host.events?.()
    if (events === undefined) return
    this.#events = events
    for await (const event of events) {
      this.#news.note(event)
      this.#watch.note(event)
    }
    await this.close()
  }

  async #state(query: URLSearchParams): Promise<StateView> {
    // Told before, by this dashboard and not by one that was here before it.
    const isKnown = query.get('life') === this.#life
    // Told with the next answer: a registry that is slow holds up nobody.
    void this.#placement?.look()
    const { isAll, groups } = this.#watch.changedSince(isKnown ? numberOf(query, 'since') : 0)
    const { actions, everyMs, clock } = this.#settings
    const calls = this.#calls
    return {
      life: this.#life,
      number: this.#watch.number,
      at: clock.wall(),
      everyMs,
      host: this.#host.id,
      mayAct: actions,
      isAll,
      groups: groups.map(({ row }) => row),
      total: this.#watch.size,
      beyond: this.#watch.beyond,
      history: this.#watch.history,
      calls: calls.isUsed
        ? {
            perSecond: calls.perSecond.read(),
            failures: calls.failures.read(),
            p50Ms: calls.p50Ms.read(),
            p99Ms: calls.p99Ms.read(),
          }
        : null,
      news: this.#news.since(isKnown ? numberOf(query, 'news') : 0),
      placement: this.#placement?.view() ?? null,
    }
  }

  async #group(name: string): Promise<GroupView> {
    const group = this.#watch.group(name)
    if (group === undefined)
      throw new RaftedError('no-such-group', `Nothing is known here of the group "${name.slice(0, 100)}".`, {
        outcome: 'not-applied',
      })
    const found = await this.#details.look(name)
    const { row, history, leaderships } = group
    const placed = this.#placement?.groups.get(name)
    return {
      row,
      at: this.#settings.clock.wall(),
      ...found,
      history,
      leaderships: [...leaderships],
      placement:
        placed === undefined
          ? null
          : { hosts: placed.hosts, replicas: placed.replicas, machine: placed.machine, move: placed.move },
    }
  }
}

/** @throws {RaftedError} `invalid-argument`. */
function numberOf(query: URLSearchParams, name: string): number {
  const number = Number(query.get(name) ?? 0)
  if (!Number.isSafeInteger(number) || number < 0) throw invalid(`\`${name}\` is a whole number.`)
  return number
}

function inUrl(address: string): string {
  return address.includes(':') ? `[${address}]` : address
}

function listen(server: Server, { port, address }: Settings): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      const isTaken = cause.code === 'EADDRINUSE'
      const why = isTaken ? 'something listens there' : cause.message
      const code = isTaken ? 'address-in-use' : 'invalid-argument'
      const message = `The dashboard can't be served at ${address}:${port}: ${why}.`
      reject(new RaftedError(code, message, { outcome: 'not-applied', cause }))
    })
    server.listen(port, address, resolve)
  })
}
