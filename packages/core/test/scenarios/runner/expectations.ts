/** What a script claims. Claims are part of the commands: rewriting the outputs does not change them. */
import type { Message } from '../../../src/index.ts'
import { type Arguments, toNumber } from './arguments.ts'
import { selection } from './delivery.ts'
import * as print from './print.ts'
import type { Member, World } from './world.ts'

type Value = string | number

export function expectation(world: World, args: Arguments): void {
  const no = args.accept('no')
  if (args.accept('flight')) flight(world, args, no)
  else if (args.accept('due')) due(world, args, no)
  else if (no) throw new SyntaxError('"no" goes with flight and due')
  else if (args.accept('read')) read(world, args)
  else if (args.accept('sent')) sent(world, args)
  else if (args.accept('entry')) entry(world, args)
  else ofMember(world, args, world.member(args.word('a member')))
}

function ofMember(world: World, args: Arguments, member: Member): void {
  const { id } = member
  if (args.accept('peer')) claims(peerFacts(member, args.word('a peer')), args, `${id} of its peer`)
  else if (args.accept('disk')) claims(diskFacts(member), args, `the disk of ${id}`)
  else claims(facts(world, member), args, id)
}

/** All words that are left: `name=value`, `name!=value`, `name<=value`, `name>=value`. */
function claims(known: ReadonlyMap<string, Value>, args: Arguments, who: string): void {
  let count = 0
  for (const word of args.rest()) {
    holds(known, word, who)
    count++
  }
  for (const name of known.keys()) {
    const value = args.option(name)
    if (value === null) continue
    compare(known.get(name)!, '=', value, `${who}: ${name}`)
    count++
  }
  if (count === 0) throw new SyntaxError('nothing is expected')
}

function holds(known: ReadonlyMap<string, Value>, word: string, who: string): void {
  const [, name, operator, value] = /^([a-z-]+)(!=|<=|>=)(.*)$/.exec(word) ?? []
  if (name === undefined || !known.has(name)) throw new SyntaxError(`what is "${word}"?`)
  compare(known.get(name)!, operator!, value!, `${who}: ${name}`)
}

function compare(actual: Value, operator: string, expected: string, what: string): void {
  const ok =
    operator === '='
      ? String(actual) === expected
      : operator === '!='
        ? String(actual) !== expected
        : operator === '<='
          ? Number(actual) <= toNumber(expected, what)
          : Number(actual) >= toNumber(expected, what)
  if (!ok) throw new Error(`${what} is ${actual}, expected ${operator}${expected}`)
}

function facts(world: World, member: Member): ReadonlyMap<string, Value> {
  const { core, standing, now } = member
  if (core === null || standing === null) throw new Error(`${member.id} is down`)
  const configuration = standing.configuration?.configuration ?? null
  const ids = (list: readonly { readonly id: string }[] | null | undefined) =>
    list?.map(({ id }) => id).join(',') ?? '-'
  return new Map<string, Value>([
    ['role', standing.role],
    ['term', standing.term],
    ['leader', standing.leader ?? '-'],
    ['commit', core.commitIndex],
    ['last', core.lastIndex],
    ['base', core.baseIndex],
    ['durable', core.durableIndex],
    ['log', commas(print.stretches(core.baseIndex + 1, core.lastIndex, (index) => core.termAt(index)))],
    ['uncommitted', core.uncommittedBytes],
    ['members-at', standing.configuration?.index ?? 0],
    ['voters', ids(configuration?.voters)],
    ['addresses', configuration?.voters.map(({ address }) => address).join(',') ?? '-'],
    ['outgoing', ids(configuration?.outgoing)],
    ['learners', ids(configuration?.learners)],
    ['removed', standing.removedAt ?? '-'],
    ['transfer', standing.transferringTo ?? '-'],
    ['quiet', core.isQuiet ? 'yes' : 'no'],
    ['offered', core.hasOffered ? 'yes' : 'no'],
    ['applies', member.commitIndex],
    ['damaged', print.ranges(core.damaged, ',') || '-'],
    ['lost-to', core.lostTo ?? '-'],
    ['lease', Math.max(0, core.leaseUntil - now)],
    ['wakes-in', core.wakeAt - now],
    ['snapshot', member.disk.snapshot?.index ?? 0],
    ['under-way', world.network.select({ from: member.id, to: null, kind: null, nth: null }).length],
  ])
}

function commas(text: string): string {
  return text.replaceAll(' ', ',')
}

function diskFacts({ disk }: Member): ReadonlyMap<string, Value> {
  return new Map<string, Value>([
    ['term', disk.term],
    ['vote', disk.vote ?? '-'],
    ['lost-to', disk.lostTo ?? '-'],
    ['base', disk.base.index],
    ['log', commas(print.stretches(disk.base.index + 1, disk.last, (index) => disk.termAt(index)))],
    ['under-way', disk.underWay.length],
  ])
}

function peerFacts({ id, core }: Member, other: string): ReadonlyMap<string, Value> {
  const peer = core?.peers().find((each) => each.id === other)
  if (peer === undefined) throw new Error(`${id} has no peer ${other}`)
  return new Map<string, Value>([
    ['state', peer.state],
    ['match', peer.match],
    ['next', peer.next],
  ])
}

/** `flight <link> [kind] with field=value…`: at least one such message is under way; with `no`, none is. */
function flight(world: World, args: Arguments, no: boolean): void {
  const fields = new Map<string, string>()
  for (const name of [
    'term',
    'granted',
    'number',
    'up-to',
    'match',
    'round',
    'commit',
    'prev',
    'last',
    'index',
    'hint',
    'transfer',
    'attempt',
  ]) {
    const value = args.option(name)
    if (value !== null) fields.set(name, value)
  }
  const found = world.network.select(selection(args)).filter(({ message }) => {
    const known: Record<string, unknown> = {
      ...message,
      prev: 'prevIndex' in message ? message.prevIndex : undefined,
      hint: 'hintIndex' in message ? message.hintIndex : undefined,
      'up-to': 'upTo' in message ? message.upTo : undefined,
      last: lastOf(message),
    }
    return [...fields].every(([name, value]) => String(known[name]) === value)
  })
  if (no && found.length > 0) throw new Error(`under way: ${print.message(found[0]!.message)}`)
  if (!no && found.length === 0) throw new Error('no such message is under way')
}

function lastOf(message: Message): number | undefined {
  if ('lastIndex' in message) return message.lastIndex
  return 'heads' in message ? message.heads?.last : 'last' in message ? message.last : undefined
}

/** `due <link> [count=<n>]`: a transfer is asked for and has not ended; with `count`, it was asked for so often. */
function due(world: World, args: Arguments, no: boolean): void {
  const link = args.word('a link')
  const count = args.option('count')
  if (count !== null)
    compare(world.snapshotsAsked.get(link) ?? 0, '=', count, `the number of snapshots due ${link}`)
  if (world.snapshotsDue.has(link) === no) throw new Error(`a snapshot ${link} is ${no ? '' : 'not '}due`)
}

/** `read <member> <id> at=<index> | refused=<reason> | waiting` */
function read(world: World, args: Arguments): void {
  const id = args.word('a member')
  const number = args.word('the id of a read')
  const outcome = world.reads.get(`${id} ${number}`)
  const what = `read ${number} of ${id}`
  if (args.accept('waiting')) {
    if (outcome !== undefined) throw new Error(`${what} is answered: ${JSON.stringify(outcome)}`)
    return
  }
  if (outcome === undefined) throw new Error(`${what} is not answered`)
  claims(new Map(Object.entries(outcome)), args, what)
}

/** `sent <link> <kind> count<=<n>`: how many were sent, ever. */
function sent(world: World, args: Arguments): void {
  const key = `${args.word('a link')} ${args.word('a kind')}`
  claims(new Map([['count', world.network.sent.get(key) ?? 0]]), args, `sent ${key}`)
}

/** `entry <index>@<term> time>=<ms>` */
function entry(world: World, args: Arguments): void {
  const place = args.word('a place')
  const known = world.entries.get(place)
  if (known === undefined) throw new Error(`nobody made ${place}`)
  claims(new Map([['time', known.time]]), args, place)
}
