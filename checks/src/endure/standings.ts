/** Whether what members say of themselves can be true, over their restarts. */
import type { HostStatus } from './host-program.ts'

interface Seen {
  readonly member: string
  readonly term: number
  readonly life: number
  readonly appliedIndex: number
  readonly commitIndex: number
}

/** Terms whose leaders are remembered: no host is further behind. */
const KEPT_TERMS = 256

export class Standings {
  readonly #seen = new Map<string, Seen>()
  readonly #leaders = new Map<number, string>()
  #incarnation: string | null = null
  readonly #problem: (what: string) => void

  constructor(problem: (what: string) => void) {
    this.#problem = problem
  }

  /** @param life which of the host's processes has said it. */
  heard(host: string, life: number, { status, errors }: HostStatus): void {
    for (const error of errors) this.#problem(`${host} reports ${error}`)
    if (status === null) {
      if (this.#seen.has(host)) this.#problem(`${host} has lost its member`)
      return
    }
    const { member, term, appliedIndex, commitIndex, lastIndex, incarnation, stopped, role } = status
    if (stopped !== null) this.#problem(`the member of ${host} has stopped: ${stopped}`)
    this.#incarnation ??= incarnation
    if (incarnation !== this.#incarnation) this.#problem(`${host} is in another group of that name`)
    if (appliedIndex > commitIndex || commitIndex > lastIndex)
      this.#problem(
        `${host} has applied ${appliedIndex} and committed ${commitIndex} of ${lastIndex} entries`,
      )
    const before = this.#seen.get(host)
    if (before !== undefined) {
      if (before.member !== member)
        this.#problem(`${host} has forgotten its member: ${before.member} is now ${member}`)
      if (before.term > term) this.#problem(`the term of ${host} went from ${before.term} back to ${term}`)
      const sameLife = before.life === life
      if (sameLife && (before.appliedIndex > appliedIndex || before.commitIndex > commitIndex))
        this.#problem(`${host} went back from applied ${before.appliedIndex} to ${appliedIndex}`)
    }
    this.#seen.set(host, { member, term, life, appliedIndex, commitIndex })
    if (role === 'leader') this.#leads(member, host, term)
  }

  #leads(member: string, host: string, term: number): void {
    const other = this.#leaders.get(term)
    if (other !== undefined && other !== member)
      this.#problem(`${host} leads in term ${term}, and so did ${other}`)
    this.#leaders.set(term, member)
    if (this.#leaders.size > KEPT_TERMS) this.#leaders.delete(Math.min(...this.#leaders.keys()))
  }
}
