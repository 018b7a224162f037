/**
 * One run: real host processes on real files and TCP, under load, killed and stopped at random; then everything runs again, and
 * what clients were told is compared with what the group holds.
 */
import { SeededRandom } from '@rafted/testing'
import type { Client } from 'rafted'
import { AppendAudit, type AppendSums } from './append-audit.ts'
import { Cluster, until } from './cluster.ts'
import { GROUP, ledger } from './ledger.ts'
import type { LoadReport, Progress } from './load.ts'
import { Strikes } from './strikes.ts'
import type { Trouble, TroubleSetting } from './trouble.ts'
import type { Wires } from './wires.ts'

export interface EnduranceOptions {
  readonly seconds: number
  readonly seed: number
  readonly hosts: number
  /** Run it against hosts that lie about durability: it has to fail. */
  readonly forgetful?: boolean
  /** Run it with clients that ask for stale reads: it has to fail. */
  readonly staleReads?: boolean
  /** How the processes reach each other. Default: by the loopback of this machine. */
  readonly wires?: Wires
  /** What happens to them. Default: they are killed and stopped. */
  readonly trouble?: (setting: TroubleSetting) => Trouble
  /** How long nothing may be acknowledged while a majority could serve. Default `LONGEST_GAP_MS`. */
  readonly longestGapMs?: number
  /** Receives a line for each fault, and for each process that begins. */
  readonly say?: (line: string) => void
  /** Ends the run, and all its processes, before its time. */
  readonly signal?: AbortSignal
}

export interface EnduranceResult {
  readonly options: EnduranceOptions
  /** What must not happen, and did. Empty for a good run. */
  readonly problems: readonly string[]
  /** Whether it was ended before its time, so that it says nothing. */
  readonly aborted: boolean
  /** What happened to it, for people, and how often. */
  readonly trouble: Pick<Trouble, 'rows' | 'count'> | null
  /** What the clients were told, as far as that is known. */
  readonly progress: Progress
  readonly report: LoadReport | null
  readonly sums: AppendSums
  readonly appliedIndex: number
  readonly tookMs: number
  /** How long the clients were at work. */
  readonly loadMs: number
  /** The directory of the hosts' directories, kept if anything went wrong; null if it is gone. */
  readonly kept: string | null
}

/**
 * So long nothing may be acknowledged while a majority of the hosts runs, milliseconds: an election takes up to 2 s and is tried a
 * few times at worst, a host that was stopped is given up after 5 s, and the machine may be busy.
 */
export const LONGEST_GAP_MS = 15_000
const LOOK_MS = 100
/** Commands that have to be acknowledged after the last restart. */
const CALM = 200
const PAGE = 1024
const MAX_PROBLEMS = 50
const NOTHING: Progress = {
  acknowledged: 0,
  lost: 0,
  duplicated: 0,
  longestGapMs: 0,
  longestHealthyGapMs: 0,
  problems: [],
}

export async function endure(options: EnduranceOptions): Promise<EnduranceResult> {
  return new Run(options).run()
}

class Run {
  readonly #options: EnduranceOptions
  readonly #problems: string[] = []
  #trouble: Trouble | null = null
  #progress = NOTHING
  #report: LoadReport | null = null
  #audits: readonly AppendAudit[] = []
  #appliedIndex = 0
  #loadMs = 0
  #aborted = false
  #done = false
  /** Whether the run would wait for what does not come. */
  #hopeless = false

  constructor(options: EnduranceOptions) {
    this.#options = options
  }

  async run(): Promise<EnduranceResult> {
    const begun = performance.now()
    const cluster = await this.#prepare()
    this.#options.signal?.addEventListener('abort', () => {
      this.#aborted = true
      void cluster.close()
    })
    try {
      await cluster.found()
      await this.#underLoad(cluster)
      if (!this.#over) await this.#audit(cluster)
      if (!this.#over) this.#judge()
    } catch (error) {
      if (!this.#aborted) this.#problem(error instanceof Error ? error.message : String(error))
    } finally {
      this.#done = true
      await cluster.close()
    }
    const bad = this.#problems.length > 0
    if (!bad) await cluster.removeFiles()
    return {
      options: this.#options,
      problems: this.#problems,
      aborted: this.#aborted,
      trouble: this.#trouble,
      progress: this.#progress,
      report: this.#report,
      sums: sumsOf(this.#audits),
      appliedIndex: this.#appliedIndex,
      tookMs: performance.now() - begun,
      loadMs: this.#loadMs,
      kept: bad ? cluster.directory : null,
    }
  }

  #prepare(): Promise<Cluster> {
    const { hosts, seed, wires, forgetful = false, staleReads = false, say = () => {} } = this.#options
    const problem = (what: string, fatal: boolean): void => {
      this.#hopeless ||= fatal
      this.#problem(what)
    }
    return Cluster.prepare({ hosts, seed, forgetful, staleReads, say, problem, wires })
  }

  get #over(): boolean {
    return this.#aborted || this.#done || this.#hopeless
  }

  async #underLoad(cluster: Cluster): Promise<void> {
    const { seconds, seed, say = () => {} } = this.#options
    const { trouble = (setting) => new Strikes(setting) } = this.#options
    const over = (): boolean => this.#over
    await cluster.startLoad()
    const begun = performance.now()
    const watched = this.#watch(cluster)
    await until('the clients to be at work', () => this.#progress.acknowledged >= CALM, over)
    const acknowledged = (): number => this.#progress.acknowledged
    const random = new SeededRandom(seed)
    // What has gone wrong is best told by an audit of what is there now.
    const enough = (): boolean => this.#problems.length > 0
    this.#trouble = trouble({ cluster, random, acknowledged, enough, over, say })
    await this.#trouble.run(seconds * 1000)
    const calm = this.#progress.acknowledged + CALM
    await until(
      'commands to be acknowledged after the last restart',
      () => this.#progress.acknowledged >= calm,
      over,
    )
    this.#loadMs = performance.now() - begun
    this.#done = true
    await watched
    this.#done = false
  }

  /** Looks how the clients fare, and ends the run when they fare badly. */
  async #watch(cluster: Cluster): Promise<void> {
    try {
      while (!this.#over) {
        this.#heard(await answeredInTime(cluster.progress()))
        await new Promise((resolve) => setTimeout(resolve, LOOK_MS))
      }
    } catch (error) {
      if (this.#over) return
      this.#hopeless = true
      this.#problem(`the clients say nothing: ${String(error)}`)
      // Whoever else waits for them waits no longer.
      await cluster.close()
    }
  }

  #heard(progress: Progress): void {
    this.#progress = progress
    for (const problem of progress.problems) this.#problem(problem)
    const gap = progress.longestHealthyGapMs
    if (gap <= (this.#options.longestGapMs ?? LONGEST_GAP_MS) || this.#hopeless) return
    this.#hopeless = true
    this.#problem(
      `nothing was acknowledged for ${gap.toFixed(0)} ms, though a majority of the hosts could serve`,
    )
  }

  async #audit(cluster: Cluster): Promise<void> {
    const register = await cluster.windDown()
    await until(
      'all members to have applied all',
      () => cluster.settled,
      () => this.#over,
    )
    const client = await cluster.newClient()
    try {
      const value = client.value(GROUP, ledger)
      const report = await cluster.report(await value.read(register))
      this.#report = report
      this.#heard(report)
      this.#audits = report.audits.map(AppendAudit.from)
      for (const audit of this.#audits) await this.#finish(audit, client)
      const text = await value.text()
      for (const host of cluster.hosts)
        if ((await host.value()) !== text)
          this.#problem(`the value of ${host.id} is not what a new client reads`)
      this.#appliedIndex = cluster.appliedIndex
    } finally {
      await client.close()
    }
  }

  async #finish(audit: AppendAudit, client: Client): Promise<void> {
    const value = client.value(GROUP, ledger)
    for (;;) {
      const { least, next } = audit
      const page = await value.page(audit.writer, next, PAGE)
      if (next + page.items.length < page.length) {
        audit.read(page, least)
        if (audit.next > next) continue
      }
      audit.finish(page, least)
      break
    }
    for (const problem of audit.problems) this.#problem(problem)
  }

  /** Whether the run was hard enough to mean something. */
  #judge(): void {
    for (const what of this.#trouble!.tooEasy(this.#options.seconds)) this.#problem(what)
  }

  #problem(what: string): void {
    if (this.#aborted) return
    if (this.#problems.length < MAX_PROBLEMS && !this.#problems.includes(what)) this.#problems.push(what)
  }
}

/** A process that is merely slow answers within a minute. */
function answeredInTime<T>(answer: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('no answer within a minute')), 60_000)
  })
  return Promise.race([answer, late]).finally(() => clearTimeout(timer))
}

function sumsOf(audits: readonly AppendAudit[]): AppendSums {
  const sums = { acknowledged: 0, lost: 0, duplicated: 0, unknown: 0, unknownApplied: 0 }
  for (const audit of audits)
    for (const name of Object.keys(sums) as (keyof AppendSums)[]) sums[name] += audit.sums[name]
  return sums
}
