/** The last things that happened, for people. Nothing of a value, and nothing of what somebody's code has thrown, is ever among them. */
import { type Clock, isRaftedError, type RaftedEvent } from '@rafted/contracts'

/** One thing that happened. */
export interface News {
  /** They are numbered, from 1 on. */
  readonly number: number
  /** Wall-clock milliseconds. */
  readonly at: number
  readonly kind: RaftedEvent['kind']
  readonly level: RaftedEvent['level']
  readonly group: string | null
  /** Its other fields, as far as they are words and numbers. */
  readonly text: string
}

/** So many are kept. */
export const KEPT_NEWS = 200
const MOST_TEXT = 200

/** They come too often, and are shown otherwise. */
const UNTOLD: ReadonlySet<RaftedEvent['kind']> = new Set(['role', 'log-opening', 'snapshot-restoring'])

export class NewsKeeper {
  readonly #clock: Pick<Clock, 'wall'>
  readonly #kept: News[] = []
  #number = 0

  constructor(clock: Pick<Clock, 'wall'>) {
    this.#clock = clock
  }

  note(event: RaftedEvent): void {
    if (UNTOLD.has(event.kind)) return
    const { kind, level } = event
    const group = 'group' in event ? event.group : null
    this.#kept.push({
      number: ++this.#number,
      at: this.#clock.wall(),
      kind,
      level,
      group,
      text: textOf(event),
    })
    if (this.#kept.length > KEPT_NEWS) this.#kept.shift()
  }

  /** Those behind that number. */
  since(number: number): readonly News[] {
    return this.#kept.filter((one) => one.number > number)
  }

  get last(): number {
    return this.#number
  }
}

const HEAD = new Set(['kind', 'level', 'group'])

function textOf(event: RaftedEvent): string {
  const parts: string[] = []
  for (const [name, value] of Object.entries(event)) {
    if (HEAD.has(name)) continue
    // What a machine or a hook has thrown may show what is none of a dashboard's business.
    if (name === 'error') {
      if (isRaftedError(value)) parts.push(value.code)
    } else if (name === 'token') parts.push(`term ${(value as { term: number }).term}`)
    else if (typeof value === 'string' || typeof value === 'number') parts.push(said(name, value))
    else if (Array.isArray(value)) parts.push(`${wordsOf(name)} ${value.length}`)
  }
  return parts.join(', ').slice(0, MOST_TEXT)
}

/** `lagMs: 2500.25` is `lag 2500 ms`, and what happened stands for itself. */
function said(name: string, value: string | number): string {
  if (typeof value === 'string') return name === 'what' ? short(value) : `${wordsOf(name)} ${short(value)}`
  if (name.endsWith('Ms')) return `${wordsOf(name.slice(0, -2))} ${Math.round(value)} ms`
  return `${wordsOf(name)} ${Math.round(value * 1000) / 1000}`
}

/** `lastIndex` is `last index`. */
function wordsOf(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)
}

/** Ids are drawn, and nobody reads more of them than their beginning. */
function short(text: string): string {
  return /^[0-9a-f]{32}$/.test(text) ? text.slice(0, 8) : text
}
