/** Shows the demonstration: drawn in place on a screen, else in lines. */
import { painter } from '../colours.ts'
import { columns } from '../columns.ts'
import { type Call, Status } from '../command.ts'
import { jsonLine } from '../json.ts'
import { Cluster, type HostView } from './cluster.ts'
import { Drawing } from './drawing.ts'
import { type Step, story } from './story.ts'

export interface ShowOptions {
  readonly hosts: number
  readonly steps: number
  /** How long what a step has come to stays. */
  readonly paceMs: number
}

const DRAW_MS = 100
/** Of the steps so far these are on the screen. */
const REMEMBERED = 5

export async function show(call: Call, { hosts, steps, paceMs }: ShowOptions): Promise<Status> {
  const { terminal, json } = call
  const { clock } = terminal
  const signal = terminal.interrupted()
  const cluster = new Cluster(hosts)
  const screen = terminal.screen === null || json ? null : new OnScreen(call, cluster)
  screen?.begin()
  let number = 0
  try {
    for await (const step of story(cluster, clock, signal)) {
      number++
      if (screen !== null) await screen.told(number, step)
      else await terminal.print(json ? jsonOf(number, step, cluster) : textOf(number, step, cluster))
      await pause(call, paceMs, signal)
      if (number >= steps || signal.aborted) break
    }
  } catch (error) {
    // Whoever has seen enough ends it.
    if (!signal.aborted) throw error
  } finally {
    await screen?.end()
    await cluster.close()
  }
  return Status.fine
}

function pause({ terminal: { clock } }: Call, ms: number, signal: AbortSignal): Promise<void> {
  if (ms === 0 || signal.aborted) return Promise.resolve()
  return new Promise((resolve) => {
    const cancel = clock.after(ms, resolve)
    const end = (): void => {
      cancel()
      resolve()
    }
    signal.addEventListener('abort', end, { once: true })
  })
}

/** Drawn at every step, and anew all the time: what happens between two steps is seen, too. */
class OnScreen {
  readonly #call: Call
  readonly #cluster: Cluster
  readonly #drawing: Drawing
  readonly #steps: string[] = []
  #cancel = (): void => {}
  #drawn: Promise<void> = Promise.resolve()
  #isEnded = false

  constructor(call: Call, cluster: Cluster) {
    this.#call = call
    this.#cluster = cluster
    this.#drawing = new Drawing(call.terminal)
  }

  /** The next one is drawn when this one has been: a slow terminal gets fewer. */
  begin(): void {
    const next = (): void => {
      if (!this.#isEnded) this.#cancel = this.#call.terminal.clock.after(DRAW_MS, () => this.begin())
    }
    // That a terminal is gone is told to whoever draws the next step, or the end.
    void this.#draw().then(next, () => {})
  }

  /** Ends when it has been drawn: a step that is over at once is seen as well. */
  told(number: number, { text }: Step): Promise<void> {
    this.#steps.push(`${number}. ${text}`)
    if (this.#steps.length > REMEMBERED) this.#steps.shift()
    return this.#draw()
  }

  async end(): Promise<void> {
    this.#isEnded = true
    this.#cancel()
    await this.#draw()
    await this.#drawing.end()
  }

  /** One after the other: each begins where the one before it has left the cursor. */
  #draw(): Promise<void> {
    this.#drawn = this.#drawn.then(() => this.#drawNow())
    return this.#drawn
  }

  async #drawNow(): Promise<void> {
    const paint = painter(this.#call.terminal)
    const views = this.#cluster.views()
    const lines = ['A cluster in this process. Ctrl-C ends it.', '', ...tableOf(views), '', ...this.#steps]
    const first = 3
    await this.#drawing.draw(lines, (line, at) => {
      const view = views[at - first]
      if (at === first - 1) return paint('bold', line)
      if (view === undefined) return line
      if (view.status === null) return paint('red', line)
      return view.status.role === 'leader' ? paint('green', line) : line
    })
  }
}

/** A head, and a line for each host. */
function tableOf(views: readonly HostView[]): string[] {
  const rows = views.map(({ id, status }) =>
    status === null
      ? [id, 'stopped']
      : [
          id,
          status.role,
          String(status.term),
          String(status.lastIndex),
          String(status.commitIndex),
          String(status.appliedIndex),
        ],
  )
  const head = ['host', 'role', 'term', 'log', 'commit', 'applied']
  return columns([head, ...rows], [2, 3, 4, 5])
    .trimEnd()
    .split('\n')
}

function textOf(number: number, { text }: Step, cluster: Cluster): string {
  const lines = tableOf(cluster.views()).map((line) => `   ${line}\n`)
  return `${number}. ${text}\n${lines.join('')}`
}

function jsonOf(step: number, { what, text }: Step, cluster: Cluster): string {
  const members = cluster.views().map(({ id, status }) => {
    if (status === null) return { host: id, role: null }
    const { member, role, term, lastIndex, commitIndex, appliedIndex } = status
    return { host: id, member, role, term, lastIndex, commitIndex, appliedIndex }
  })
  return jsonLine({ step, what, text, members })
}
