/** The commands of the script language. README.md describes them. */
import type { Answer, ChangeInput, CoreOptions, Learner, Message } from '../../../src/index.ts'
import { Arguments, toNumber } from './arguments.ts'
import { cut, deliver, drop, link, putAside, release } from './delivery.ts'
import { expectation } from './expectations.ts'
import { SafetyError } from './safety.ts'
import { elect, install, lead, reportSent, run, saveArrived, sendSnapshot, settle } from './settling.ts'
import type { Member, World } from './world.ts'

type Run = (world: World, args: Arguments) => void

const commands: Readonly<Record<string, Run>> = {
  cluster,
  new: (world, args) => {
    const id = args.word('a member')
    const host = args.accept('on') ? world.member(args.word('a member of that host')).host : `h${id}`
    world.start(world.addMember(id, host))
  },

  // Time and chance.
  tick: (world, args) => {
    const ids = args.word('a member')
    const ms = args.number('milliseconds')
    for (const member of among(world, ids)) world.tick(member, ms)
  },
  late: (world, args) => {
    const member = world.member(args.word('a member'))
    member.now += args.number('milliseconds')
    world.turn(member, null)
  },
  sleep: (world, args) => clocksDisagree(world, args, -1),
  jump: (world, args) => clocksDisagree(world, args, 1),
  set: (world, args) => {
    const member = world.member(args.word('a member'))
    member.options = { ...member.options, ...optionsOf(args) }
  },
  chance: (world, args) => {
    const member = world.member(args.word('a member'))
    member.chance = args.rest().map((word) => toNumber(word, 'chance'))
    member.chanceAt = 0
    if (member.chance.length === 0) throw new SyntaxError('chance is missing')
  },

  // What a host asks of its core.
  propose: (world, args) => {
    const member = world.member(args.word('a member'))
    const count = args.number('a number of entries')
    const bytes = args.numberOption('bytes') ?? 100 * count
    answered(world, args, world.turn(member, { kind: 'propose', count, bytes })!)
  },
  read: (world, args) => {
    const member = world.member(args.word('a member'))
    const id = args.number('the id of the read')
    world.safety.readAsked(id)
    const lease = args.accept('lease')
    world.turn(member, { kind: 'read', id, lease, ask: args.accept('here') })
  },
  change,
  settings: (world, args) => {
    const member = world.member(args.word('a member'))
    const now = {
      heartbeatMs: 200,
      electionMs: 1000,
      maxUncommittedBytes: 16 * 1024 * 1024,
      clockDriftMarginMs: 0,
      quietAfterMs: 0,
    }
    world.turn(member, { kind: 'settings', settings: { ...now, ...optionsOf(args) } })
  },
  transfer: (world, args) => {
    const member = world.member(args.word('a member'))
    const to = args.word('its successor, or "best"')
    answered(world, args, world.turn(member, { kind: 'transfer', to: to === 'best' ? null : to })!)
  },
  'cancel-transfer': (world, args) => {
    const member = world.member(args.word('a member'))
    answered(world, args, world.turn(member, { kind: 'cancel-transfer' })!)
  },
  suspect: (world, args) => {
    const member = world.member(args.word('a member'))
    const { host } = world.member(args.word('a member of the suspected host'))
    world.turn(member, { kind: 'host-suspect', host })
  },

  nudge: (world, args) => {
    world.turn(world.member(args.word('a member')), { kind: 'nudge' })
  },
  room: (world, args) => {
    const member = world.member(args.word('a member'))
    world.turn(member, { kind: 'room', ok: choice(args, 'ok', 'low') })
  },

  // Disks.
  persist: (world, args) => {
    const ids = args.word('a member')
    const count = args.optionalWord()
    for (const member of among(world, ids))
      world.persist(
        member,
        count === null ? member.disk.underWay.length : toNumber(count, 'a number of writes'),
      )
  },
  disk: (world, args) => {
    world.member(args.word('a member')).slowDisk = choice(args, 'slow', 'quick')
  },
  crash: (world, args) => {
    world.crash(world.member(args.word('a member')), args.numberOption('written') ?? 0)
  },
  restart: (world, args) => world.start(world.member(args.word('a member'))),
  damage: (world, args) => {
    const { disk, core } = world.member(args.word('a member'))
    if (core !== null) throw new Error('a disk is damaged while its member is down')
    for (const index of indexes(args.word('entries'))) {
      if (disk.termAt(index) === undefined) throw new Error(`there is no entry ${index}`)
      disk.damaged.add(index)
    }
    disk.wasDamaged = true
  },
  lose: (world, args) => {
    const { disk, core } = world.member(args.word('a member'))
    if (core !== null) throw new Error('a disk is damaged while its member is down')
    disk.lose(args.number('the first entry that is lost'))
  },
  restore: (world, args) => {
    const member = world.member(args.word('a member'))
    const entries = indexes(args.word('entries'))
    for (const index of entries) member.disk.damaged.delete(index)
    world.turn(member, { kind: 'restored', from: entries[0]!, to: entries.at(-1)! })
  },
  wipe: (world, args) => {
    const id = args.word('a member')
    const { host } = world.member(id)
    world.members.delete(id)
    world.start(world.addMember(id, host))
  },

  // Messages.
  deliver,
  drop,
  hold: (world, args) => putAside(world, args, false),
  copy: (world, args) => putAside(world, args, true),
  release: (world, args) => release(world, args.word('a name')),
  forge,
  cut: (world, args) => cut(world, args.rest()),
  heal: (world) => world.network.heal(),

  // Snapshots.
  snapshot: (world, args) => {
    const member = world.member(args.word('a member'))
    const index = args.number('an index')
    takeSnapshot(world, member, index, args.numberOption('keep-from') ?? index + 1)
  },
  'send-snapshot': (world, args) => {
    const [from, to] = link(args.word('a link'))
    sendSnapshot(world, world.member(from), to)
  },
  'give-snapshot': (world, args) => {
    const [from, to] = link(args.word('a link'))
    world.member(to).arrived = world.member(from).disk.snapshot
  },
  save: (world, args) => {
    saveArrived(world, world.member(args.word('a member')))
  },
  install: (world, args) => install(world, world.member(args.word('a member'))),
  sent: (world, args) => {
    const [from, to] = link(args.word('a link'))
    const of = args.numberOption('of')
    reportSent(world, world.member(from), to, choice(args, 'ok', 'failed'), of)
  },

  // Many steps at once.
  settle: (world, args) => {
    const ids = args.rest()
    settle(world, ids.length === 0 ? null : ids)
  },
  lead: (world, args) => {
    const id = args.word('a member')
    const ids = args.rest()
    lead(world, id, ids.length === 0 ? null : [id, ...ids])
  },
  elect: (world, args) => {
    const id = args.word('a member')
    elect(world, id, [id, ...args.rest()])
  },
  run: (world, args) => run(world, args.number('milliseconds')),

  expect: expectation,
}

/** Runs one command. `quietly` before it leaves out all but how members stand at its end. */
export function runCommand(world: World, text: string): void {
  const quiet = text.startsWith('quietly ')
  const [name, ...rest] = (quiet ? text.slice('quietly '.length) : text).split(' ')
  if (name === 'unsafe') {
    unsafe(world, rest.join(' '))
    return
  }
  const command = commands[name!]
  if (command === undefined) throw new SyntaxError(`there is no command "${name}"`)
  const args = rest.length === 0 ? new Arguments('-') : new Arguments(rest.join(' '))
  if (rest.length === 0) args.word('nothing')
  world.quiet = quiet || name === 'cluster'
  command(world, args)
  args.end()
  if (!world.quiet) return
  world.quiet = false
  if (!world.silent) world.showTogether(world.members.values())
}

/** `unsafe <rule> <command>`: a counterexample. This command breaks this rule. */
function unsafe(world: World, text: string): void {
  const [rule, ...command] = text.split(' ')
  try {
    runCommand(world, command.join(' '))
  } catch (error) {
    if (!(error instanceof SafetyError) || error.rule !== rule) throw error
    world.say(error.message)
    return
  }
  throw new Error(`${rule} still holds`)
}

function among(world: World, ids: string): Member[] {
  return ids === 'all' ? world.alive() : ids.split(',').map((id) => world.member(id))
}

function choice(args: Arguments, yes: string, no: string): boolean {
  if (args.accept(yes)) return true
  if (args.accept(no)) return false
  throw new SyntaxError(`${yes} or ${no}`)
}

const optionNames = {
  heartbeat: 'heartbeatMs',
  election: 'electionMs',
  notice: 'commitNoticeMs',
  append: 'maxAppendBytes',
  inflight: 'maxInflightBytes',
  uncommitted: 'maxUncommittedBytes',
  margin: 'clockDriftMarginMs',
  quiet: 'quietAfterMs',
} as const

function optionsOf(args: Arguments): Partial<CoreOptions> {
  const options: Record<string, number> = {}
  for (const [name, option] of Object.entries(optionNames)) {
    const value = args.numberOption(name)
    if (value !== null) options[option] = value
  }
  return options
}

/** Its machine slept, and its monotonic clock stood still (−1); or that has counted time which nobody knows of (1). */
function clocksDisagree(world: World, args: Arguments, sign: 1 | -1): void {
  const member = world.member(args.word('a member'))
  const ms = args.number('milliseconds')
  if (sign === 1) member.now += ms
  world.turn(member, { kind: 'clock-doubt', aheadMs: sign * ms })
}

/** `cluster <id>[:<terms>[/<term>]]… [learners=…] [preferred=…] [excluded=…] [<option>=<number>…]`, terms as in `1x3,4x2`. */
function cluster(world: World, args: Arguments): void {
  const learners = args.listOption('learners') ?? []
  world.options = { ...world.options, ...optionsOf(args) }
  const logs = args.rest().map((word) => {
    const [, id, terms = '1', term] = /^([^:]+)(?::([\dx,]+)(?:\/(\d+))?)?$/.exec(word) ?? []
    if (id === undefined) throw new SyntaxError(`what is "${word}"?`)
    world.addMember(id, `h${id}`)
    return { id, terms: termsOf(terms), term }
  })
  const voters = logs.map(({ id }) => id).filter((id) => !learners.includes(id))
  const configuration = {
    voters: voters.map((id) => world.configured(id)),
    outgoing: null,
    learners: learners.map((id) => ({ ...world.configured(id), promote: false })),
  }
  for (const { id, terms, term } of logs) {
    const { disk } = world.member(id)
    const runs = terms.map((each, at) => ({ first: at + 1, term: each, bytes: 100, time: 0 }))
    disk.append({ runs, last: terms.length, configurations: [{ index: 1, configuration }] })
    disk.term = term === undefined ? terms.at(-1)! : Number(term)
    for (const [at, each] of terms.entries())
      world.entries.set(`${at + 1}@${each}`, {
        time: 0,
        configuration: at === 0 ? configuration : null,
        asked: null,
      })
  }
  for (const leadership of ['preferred', 'excluded'] as const)
    for (const id of args.listOption(leadership) ?? []) world.member(id).leadership = leadership
  for (const { id } of logs) world.start(world.member(id))
}

/** `4` or `4-6`. */
function indexes(text: string): number[] {
  const [first, last = first] = text.split('-').map((each) => toNumber(each, 'an index'))
  return Array.from({ length: last! - first! + 1 }, (_, at) => first! + at)
}

function termsOf(text: string): number[] {
  return text.split(',').flatMap((part) => {
    const [term, count = '1'] = part.split('x')
    return Array.from({ length: Number(count) }, () => Number(term))
  })
}

/** `… refused <reason>` after a command: it must be refused so. Else it must be taken. */
function answered(world: World, args: Arguments, answer: Answer): void {
  const refusal = args.accept('refused') ? args.word('a reason') : null
  if (answer.taken) world.say(`taken at ${answer.index}@${answer.term}, time ${answer.time}`)
  else world.say(`refused: ${answer.reason}`)
  if (refusal === null && !answer.taken) throw new Error(`refused: ${answer.reason}`)
  if (refusal !== null && (answer.taken || answer.reason !== refusal))
    throw new Error(`${answer.taken ? 'taken' : answer.reason}, expected ${refusal}`)
}

/**
 * `change <id> voters=1,2 [learners=3,4+] [if=<index>] [anyway]`; `4+` is made a voter when it has caught up, `2@there` is
 * dialled there.
 */
function change(world: World, args: Arguments): void {
  const member = world.member(args.word('a member'))
  const voters = (args.listOption('voters') ?? []).map((word) => {
    const [id, address] = word.split('@')
    return address === undefined ? world.configured(id!) : { ...world.configured(id!), address }
  })
  const learners = (args.listOption('learners') ?? []).map((word): Learner => {
    const promote = word.endsWith('+')
    return { ...world.configured(promote ? word.slice(0, -1) : word), promote }
  })
  const at = args.numberOption('if')
  const input: ChangeInput = {
    kind: 'change',
    voters,
    learners,
    ...(at === null ? {} : { ifConfigurationAt: at }),
    ...(args.accept('anyway') ? { evenIfQuorumAtRisk: true } : {}),
  }
  answered(world, args, world.turn(member, input)!)
}

/** `forge <link> <kind> field=value…`: a message that nobody sent, for answers of broken members. */
function forge(world: World, args: Arguments): void {
  const [from, to] = link(args.word('a link'))
  const kind = args.word('a kind')
  const term = args.numberOption('term')
  if (term === null) throw new SyntaxError('term=… is missing')
  const fields: Record<string, number | string> = kind === 'ack' ? { leadership: 'normal' } : {}
  for (const name of kind === 'ack' ? ['match', 'round'] : ['index', 'commit'])
    fields[name] = args.numberOption(name) ?? 0
  if (kind !== 'ack' && kind !== 'removed' && kind !== 'quiet')
    throw new SyntaxError('forge an ack, a removed or a quiet')
  world.network.flying.push({ message: { kind, from, to, term, ...fields } as Message, snapshot: null })
}

function takeSnapshot(world: World, member: Member, index: number, keepFrom: number): void {
  const { core, disk } = member
  if (core === null) throw new Error(`${member.id} is down`)
  const term = core.termAt(index)
  if (term === undefined) throw new Error(`${member.id} has no entry ${index}`)
  const time = world.entries.get(`${index}@${term}`)!.time
  disk.snapshot = { index, term, time, configuration: world.configurationAt(member, index) }
  disk.compact(keepFrom - 1)
  world.turn(member, { kind: 'snapshot-taken', index, compactTo: keepFrom - 1 })
}
