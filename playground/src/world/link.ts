/**
 * A scenario as the fragment of a link, for people to share: `1_5_k3_2f.1jk_0.0.p.1_…`, that is the version, the founders, the
 * seed, where it ends, and the actions, each by how many events and milliseconds it comes after the one before. Numbers are
 * written to the base of 36. What arrives may have been made by anybody: all of it is checked, and what is not right is refused.
 */
import { type Action, type Link, limits, type Pace, type Place, type Scenario, type Timed } from './action.ts'

/** A link can't be read. The message is for whoever has opened it. */
export class LinkError extends Error {
  override readonly name = 'LinkError'
}

const VERSION = '1'
/** Characters. A scenario of the most actions has fewer. */
export const MAX_LINK = 40_000

const paces: Readonly<Record<string, Pace>> = { q: 'quick', s: 'slow', x: 'stalled' }
const places: Readonly<Record<string, Place>> = { o: 'out', l: 'learner', p: 'promoted', v: 'voter' }

export function encodeScenario({ founders, seed, actions, end }: Scenario): string {
  let step = 0
  let at = 0
  const parts = actions.map((timed) => {
    const part = [base36(timed.step - step), base36(timed.at - at), ...encodeAction(timed.action)].join('.')
    step = timed.step
    at = timed.at
    return part
  })
  return [VERSION, base36(founders), base36(seed), `${base36(end.step)}.${base36(end.at)}`, ...parts].join(
    '_',
  )
}

function encodeAction(action: Action): string[] {
  switch (action.kind) {
    case 'propose':
      return ['p', action.member]
    case 'read':
      return ['r', action.member, action.stale ? '1' : '0']
    case 'transfer':
      return ['t', action.member, action.to ?? '0']
    case 'place':
      return ['c', action.member, action.places.map(([id, place]) => id + letterOf(places, place)).join('')]
    case 'add':
      return ['a', action.member, action.promote ? '1' : '0']
    case 'kill':
      return ['k', action.member]
    case 'restart':
      return ['s', action.member]
    case 'forget':
      return ['f', action.member]
    case 'disk':
      return ['d', action.member, letterOf(paces, action.pace)]
    case 'patience':
      return ['w', action.member, ...(action.patience === null ? [] : [base36(action.patience)])]
    case 'suspect':
      return ['u', action.member]
    case 'snapshot':
      return ['n', action.member]
    case 'links':
      return ['l', action.cut ? '1' : '0', action.links.map(([from, to]) => from + to).join('')]
    case 'heal':
      return ['h']
    case 'drop':
      return ['x', base36(action.message)]
    case 'delay':
      return ['y', base36(action.message), base36(action.ms)]
  }
}

/** @throws {LinkError} if it is no scenario, or one beyond the limits. */
export function decodeScenario(text: string): Scenario {
  if (text.length > MAX_LINK) throw new LinkError('The link is longer than any scenario.')
  const [version, founders, seed, end, ...parts] = text.split('_')
  if (version !== VERSION) {
    const other = version !== undefined && /^\d{1,3}$/.test(version)
    throw new LinkError(
      other
        ? `The link is of version ${version} of the playground; this one reads version ${VERSION}.`
        : 'The link is no scenario.',
    )
  }
  if (parts.length > limits.actions)
    throw new LinkError(`The link has more than ${limits.actions} actions, the most there may be.`)
  const [endStep, endAt] = (end ?? '').split('.')
  const scenario = {
    founders: numberIn(founders, limits.leastFounders, limits.founders, 'the number of members'),
    seed: numberIn(seed, 0, 2 ** 32 - 1, 'the seed'),
    actions: timedActions(parts),
    end: {
      step: numberIn(endStep, 0, limits.steps, 'where it ends'),
      at: numberIn(endAt, 0, limits.endMs, 'when it ends'),
    },
  }
  const last = scenario.actions.at(-1)
  if (last !== undefined && (last.step >= scenario.end.step || last.at > scenario.end.at))
    throw new LinkError('The link has an action behind its end.')
  return scenario
}

function timedActions(parts: readonly string[]): Timed[] {
  let step = 0
  let at = 0
  return parts.map((part, index) => {
    const [steps, ms, code, ...rest] = part.split('.')
    const where = `action ${index + 1}`
    step += numberIn(steps, 0, limits.steps, where)
    at += numberIn(ms, 0, limits.endMs, where)
    if (step > limits.steps || at > limits.endMs) throw new LinkError(`In the link, ${where} comes too late.`)
    const decode = Object.hasOwn(decoders, code ?? '') ? decoders[code!]! : null
    const words = new Words(rest, where)
    if (decode === null) throw words.wrong()
    const action = decode(words)
    words.end()
    return { step, at, action }
  })
}

/** What follows the code of an action. */
class Words {
  readonly #words: string[]
  readonly #where: string

  constructor(words: readonly string[], where: string) {
    this.#words = [...words]
    this.#where = where
  }

  wrong(): LinkError {
    return new LinkError(`The link can't be read: ${this.#where} is wrong.`)
  }

  get hasMore(): boolean {
    return this.#words.length > 0
  }

  text(pattern: RegExp): string {
    const word = this.#words.shift()
    if (word === undefined || !pattern.test(word)) throw this.wrong()
    return word
  }

  member(): string {
    return this.text(/^[1-9]$/)
  }

  flag(): boolean {
    return this.text(/^[01]$/) === '1'
  }

  number(least: number, most: number): number {
    return numberIn(this.#words.shift(), least, most, this.#where)
  }

  end(): void {
    if (this.hasMore) throw this.wrong()
  }
}

const MAX_MESSAGE = 10_000_000

const decoders: Readonly<Record<string, (words: Words) => Action>> = {
  p: (words) => ({ kind: 'propose', member: words.member() }),
  r: (words) => ({ kind: 'read', member: words.member(), stale: words.flag() }),
  t: (words) => {
    const member = words.member()
    const to = words.text(/^\d$/)
    return { kind: 'transfer', member, to: to === '0' ? null : to }
  },
  c: (words) => {
    const member = words.member()
    const pairs = words.text(/^(?:[1-9][olpv]){1,9}$/).match(/../g)!
    const named = new Set(pairs.map((pair) => pair[0]!))
    if (named.size < pairs.length) throw words.wrong()
    return { kind: 'place', member, places: pairs.map((pair) => [pair[0]!, places[pair[1]!]!] as const) }
  },
  a: (words) => ({ kind: 'add', member: words.member(), promote: words.flag() }),
  k: (words) => ({ kind: 'kill', member: words.member() }),
  s: (words) => ({ kind: 'restart', member: words.member() }),
  f: (words) => ({ kind: 'forget', member: words.member() }),
  d: (words) => ({ kind: 'disk', member: words.member(), pace: paces[words.text(/^[qsx]$/)]! }),
  w: (words) => {
    const member = words.member()
    return { kind: 'patience', member, patience: words.hasMore ? words.number(0, 99) : null }
  },
  u: (words) => ({ kind: 'suspect', member: words.member() }),
  n: (words) => ({ kind: 'snapshot', member: words.member() }),
  l: (words) => {
    const cut = words.flag()
    const pairs = words.text(new RegExp(`^(?:[1-9][1-9]){1,${limits.links}}$`)).match(/../g)!
    return { kind: 'links', cut, links: pairs.map((pair): Link => [pair[0]!, pair[1]!]) }
  },
  h: () => ({ kind: 'heal' }),
  x: (words) => ({ kind: 'drop', message: words.number(1, MAX_MESSAGE) }),
  y: (words) => {
    const message = words.number(1, MAX_MESSAGE)
    return { kind: 'delay', message, ms: words.number(1, limits.delayMs) }
  },
}

function letterOf<T extends string>(table: Readonly<Record<string, T>>, value: T): string {
  return Object.keys(table).find((letter) => table[letter] === value)!
}

function base36(number: number): string {
  return number.toString(36)
}

function numberIn(text: string | undefined, least: number, most: number, what: string): number {
  const number = text !== undefined && /^[0-9a-z]{1,8}$/.test(text) ? Number.parseInt(text, 36) : Number.NaN
  if (!(number >= least && number <= most)) throw new LinkError(`The link can't be read: ${what} is wrong.`)
  return number
}
