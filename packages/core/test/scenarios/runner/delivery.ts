/** Commands that choose messages. */
import type { Message } from '../../../src/index.ts'
import type { Arguments } from './arguments.ts'
import type { Flying, Selection } from './network.ts'
import * as print from './print.ts'
import type { World } from './world.ts'

const kinds: ReadonlySet<string> = new Set<Message['kind']>([
  'pre-vote-request',
  'pre-vote',
  'vote-request',
  'vote',
  'append',
  'heartbeat',
  'ack',
  'conflict',
  'snapshot',
  'stale',
  'removed',
  'timeout-now',
  'repair',
  'repairing',
  'read-request',
  'read-answer',
  'quiet',
])

export function link(text: string): [from: string, to: string] {
  const [, from, to] = /^([^->]+)->([^->]+)$/.exec(text) ?? []
  if (from === undefined || to === undefined) throw new SyntaxError(`a link is written 1->2, not "${text}"`)
  return [from, to]
}

/** `<from>-><to> [kind] [#n]`; `*` is anybody. */
export function selection(args: Arguments): Selection {
  const [from, to] = link(args.word('a link')).map((id) => (id === '*' ? null : id)) as [
    string | null,
    string | null,
  ]
  let kind: Message['kind'] | null = null
  let nth: number | null = null
  for (let word = args.optionalWord(); word !== null; word = args.optionalWord()) {
    if (kinds.has(word)) kind = word as Message['kind']
    else if (/^#[1-9]\d*$/.test(word)) nth = Number(word.slice(1))
    else throw new SyntaxError(`"${word}" is no kind of message`)
  }
  return { from, to, kind, nth }
}

function chosen(world: World, args: Arguments): Flying[] {
  const flying = world.network.select(selection(args))
  if (flying.length === 0) throw new Error('no such message is under way')
  return flying
}

export function deliver(world: World, args: Arguments): void {
  const flying = chosen(world, args)
  world.network.take(flying)
  for (const each of flying) world.deliver(each)
}

export function drop(world: World, args: Arguments): void {
  const flying = chosen(world, args)
  world.network.take(flying)
  for (const { message } of flying) world.say(`lost ${print.message(message)}`)
}

/** Puts messages aside under a name; with `keep` they also stay under way. */
export function putAside(world: World, args: Arguments, keep: boolean): void {
  const name = args.option('as')
  if (name === null) throw new SyntaxError('as=<name> is missing')
  const flying = chosen(world, args)
  if (!keep) world.network.take(flying)
  world.network.pockets.set(name, flying)
  for (const { message } of flying) world.say(`${name}: ${print.message(message)}`)
}

/** Messages that were put aside arrive; they can arrive any number of times. */
export function release(world: World, name: string): void {
  const flying = world.network.pockets.get(name)
  if (flying === undefined) throw new Error(`nothing was put aside as "${name}"`)
  for (const each of flying) world.deliver(each)
}

/** `cut 1 2` cuts these off from all others, `cut 1->2` one way of one link. */
export function cut(world: World, words: readonly string[]): void {
  if (words.length === 0) throw new SyntaxError('what is cut?')
  const ids = words.filter((word) => !word.includes('->'))
  for (const id of ids) world.member(id)
  for (const word of words) if (word.includes('->')) world.network.cut(...link(word))
  if (ids.length === 0) return
  for (const inside of ids)
    for (const outside of world.members.keys())
      if (!ids.includes(outside)) {
        world.network.cut(inside, outside)
        world.network.cut(outside, inside)
      }
}
