/** What this host has done, told to the registry: what comes together goes together. */
import type { Step } from './decide.ts'
import { type FleetContext, untilVersion } from './fleet-host.ts'

/** Facts in one report. */
const AT_ONCE = 500
const REPORT_MS = 5000

/** What is told. */
export type Fact = Extract<
  Step,
  { readonly kind: 'begins' | 'begun' | 'serving' | 'discarded' | 'moved' | 'recovered' }
>

interface Waiting {
  readonly raft: string
  readonly fact: Fact
  resolve(): void
  reject(error: unknown): void
}

export class Reports {
  readonly #context: FleetContext
  #waiting: Waiting[] = []
  #isSending = false

  constructor(context: FleetContext) {
    this.#context = context
  }

  /** Resolves once the registry here knows it. Rejects where it can't be told: it is found out anew. */
  add(raft: string, fact: Fact): Promise<void> {
    const told = new Promise<void>((resolve, reject) => this.#waiting.push({ raft, fact, resolve, reject }))
    if (!this.#isSending) {
      this.#isSending = true
      this.#context.clock.soon(() => void this.#send())
    }
    return told
  }

  async #send(): Promise<void> {
    const { control, host } = this.#context
    while (this.#waiting.length > 0) {
      const sent = this.#waiting.splice(0, AT_ONCE)
      const of = (kind: Fact['kind']): string[] =>
        sent.filter(({ fact }) => fact.kind === kind).map(({ raft }) => raft)
      const moved = sent.flatMap(({ raft, fact }) =>
        fact.kind === 'moved' ? [{ raft, version: fact.version, bytes: fact.bytes }] : [],
      )
      const recovered = sent.flatMap(({ raft, fact }) =>
        fact.kind === 'recovered' ? [{ raft, incarnation: fact.incarnation }] : [],
      )
      try {
        const facts = {
          begins: of('begins'),
          begun: of('begun'),
          serving: of('serving'),
          discarded: of('discarded'),
          moved,
          recovered,
        }
        const version = await control.with({ timeoutMs: REPORT_MS }).report(host.id, facts)
        await untilVersion(this.#context, version, REPORT_MS)
        for (const { resolve } of sent) resolve()
      } catch (error) {
        for (const { reject } of sent) reject(error)
      }
    }
    this.#isSending = false
  }

  close(): void {
    for (const { reject } of this.#waiting.splice(0)) reject(new Error('The fleet is closed.'))
  }
}
