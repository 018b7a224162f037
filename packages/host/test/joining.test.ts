/** Which group a host joins. */
import type { Clock, RaftedEvent } from '@rafted/contracts'
import type { Member as ConfiguredMember } from '@rafted/core'
import { errorResponse, type Request, type Response, WIRE_VERSIONS } from '@rafted/wire'
import { expect, test } from 'vitest'
import { Joining } from '../src/joining.ts'
import type { Member } from '../src/member.ts'

const incarnationOf = (incarnation: string): Response => ({
  kind: 'located',
  id: 0,
  knows: 'member',
  incarnation,
  term: 1,
  leader: null,
  members: [],
})

type Asked = Pick<Request, 'kind'>

const count = {
  group: 'count',
  durable: true,
  learner: false,
  machine: { version: 1, oldestVersion: 1 },
  formerDataLost: false,
  join: { now: () => ['a'] },
}
const random = { number: () => 0, bytes: () => new Uint8Array() }
const x = { id: 'x', address: 'at-x', random, event: () => {} }

interface Joined {
  /** The incarnations it would join. */
  readonly created: string[]
  readonly asked: string[]
  readonly told: string[]
}

/** Joins through addresses that answer like this, with the member there is already, until it would pause. */
async function joined(answers: Record<string, Response>, member: Member | null = null): Promise<Joined> {
  const created: string[] = []
  const asked: string[] = []
  const told: string[] = []
  const clock = { now: () => 0, wall: () => 0, soon: () => {} }
  await new Promise<void>((paused) => {
    const after: Clock['after'] = () => {
      paused()
      return () => {}
    }
    const event = (event: RaftedEvent): void => {
      if (event.kind === 'join') told.push(event.what)
    }
    const joining = new Joining(
      {
        ...count,
        host: { ...x, clock: { ...clock, after }, event },
        join: { now: () => Object.keys(answers) },
        call: async (address, request) => {
          asked.push(request.kind)
          return answers[address] ?? refused
        },
      },
      {
        becomeLearner: async (incarnation) => {
          created.push(incarnation)
          return null
        },
      },
    )
    joining.start(member)
  })
  return { created, asked, told }
}

test('the one that is known, by whoever knows it', async () => {
  const silent = errorResponse('unreachable', 'not-applied', 'Nobody listens.')
  expect(await joined({ a: silent, b: incarnationOf('one'), c: incarnationOf('one') })).toMatchObject({
    created: ['one'],
    told: [],
  })
})

test('none of two that have one name (F99)', async () => {
  expect(await joined({ a: incarnationOf('one'), b: incarnationOf('two') })).toMatchObject({
    created: [],
    told: ['ambiguous'],
  })
})

const refused = errorResponse('not-leader', 'not-applied', 'Nobody leads.')
const self: ConfiguredMember = {
  id: 'm',
  host: 'x',
  address: 'at-x',
  durable: true,
  wire: WIRE_VERSIONS,
  machine: [1, 1],
}

/** What a member asks whose log, and whose committed configuration, have it like this. */
async function askedBy(
  known?: ConfiguredMember,
  committedSelf?: ConfiguredMember,
  wasAdded = known !== undefined,
): Promise<string[]> {
  const member = {
    core: { lostTo: null },
    incarnation: 'one',
    id: 'm',
    addresses: ['a', 'b'],
    committedSelf,
    self: known,
    wasAdded,
    ended: null,
  }
  return (await joined({ a: refused, b: refused }, member as unknown as Member)).asked
}

// It may have been removed while it was down: asked again, the leader would add it once more, and nobody would stay removed.
test('a member that its own log names does not ask to be added; one that it does not name does (F35g)', async () => {
  expect(await askedBy(self)).toEqual([])
  expect(await askedBy()).toContain('join')
  // It is out already (F35i), by a log of which it doesn't know whether that is committed.
  expect(await askedBy(undefined, undefined, true)).toEqual([])
  expect(await askedBy(undefined, self, true)).toEqual([])
})

// It may have been a member, and have been removed: asked for its addition, the leader would add it once more.
test('a member that has lost what its log said asks whether it is one, and believes who knows all that it ever heard of (F35k)', async () => {
  const ask = async (answer: Response, wasAdded = false) => {
    let disowned = 0
    const log = { core: { lostTo: 9 }, self: undefined, committedSelf: undefined, wasAdded }
    const member = { incarnation: 'one', id: 'm', addresses: [], term: 5, ended: null, ...log }
    const disown = () => void disowned++
    const { asked } = await joined({ a: answer }, { ...member, disown } as unknown as Member)
    return { asked, disowned }
  }
  const noSuchMember = (term: number): Response =>
    errorResponse('no-such-member', 'not-applied', '"m" is no member.', { term })
  const once = ['update-member']
  expect(await ask(noSuchMember(5))).toEqual({ asked: once, disowned: 1 })
  expect(await ask(noSuchMember(6))).toEqual({ asked: once, disowned: 1 })
  // Whoever led before the last leader it knew may not have heard of its addition.
  expect(await ask(noSuchMember(4))).toEqual({ asked: once, disowned: 0 })
  expect(await ask(refused)).toMatchObject({ disowned: 0 })
  // Its log names it: others tell it, by the index of its removal.
  expect(await ask(noSuchMember(6), true)).toEqual({ asked: [], disowned: 0 })
})

test('a member that its log has elsewhere asks for that to be changed, its own host included, which may lead (F42)', async () => {
  const moved = ['update-member', 'update-member', 'update-member']
  const before = { ...self, address: 'before' }
  expect(await askedBy(before)).toEqual(moved)
  expect(await askedBy(before, before)).toEqual(moved)
  // It is in the log, and perhaps lost with its leader again: until it is committed there is something to wait for.
  expect(await askedBy(self, before)).toEqual([])
  expect(await askedBy({ ...self, wire: [1, 9] })).toEqual(moved)
  expect(await askedBy({ ...self, machine: [1, 2] })).toEqual(moved)
})

// A change that was asked for at another address, by the process before this one, may be committed whenever.
test('a member that is where its log says looks again whenever that changes (F42e)', async () => {
  const asked: string[] = []
  const known = { wasAdded: true, self, committedSelf: self, ended: null }
  const member = { incarnation: 'one', id: 'm', addresses: ['a'], ...known }
  const after = (): (() => void) => () => {}
  const clock = { now: () => 0, wall: () => 0, soon: () => {}, after }
  const call = async (_: string, { kind }: Asked): Promise<Response> => {
    asked.push(kind)
    return refused
  }
  const joining = new Joining({ ...count, host: { ...x, clock }, call }, { becomeLearner: async () => null })
  const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
  joining.start(member as unknown as Member)
  joining.look()
  await settled()
  expect(asked).toEqual([])
  member.self = { ...self, address: 'before' }
  joining.look()
  await settled()
  expect(asked).toEqual(['update-member', 'update-member'])
  joining.stop()
})

// What it asks for then could be granted when its removal has been answered, and its files are forgotten (F35l).
test('a member whose host takes it out asks for nothing, until it has stayed', async () => {
  const asked: string[] = []
  let answer: (response: Response) => void = () => {}
  const pauses: (() => void)[] = []
  const member = {
    core: { lostTo: null },
    incarnation: 'one',
    id: 'm',
    addresses: [],
    wasAdded: false,
    ended: null,
  }
  const after: Clock['after'] = (_, run) => {
    pauses.push(run)
    return () => {}
  }
  const clock = { now: () => 0, wall: () => 0, soon: () => {}, after }
  const call = (_: string, { kind }: Asked): Promise<Response> => {
    asked.push(kind)
    return new Promise((resolve) => {
      answer = resolve
    })
  }
  const joining = new Joining({ ...count, host: { ...x, clock }, call }, { becomeLearner: async () => null })
  const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
  joining.start(member as unknown as Member)
  await settled()
  expect([asked.length, joining.isAsking]).toEqual([1, true])
  joining.hold()
  answer(refused)
  await settled()
  expect(joining.isAsking).toBe(false)
  pauses.pop()!()
  await settled()
  expect(asked).toEqual(['join'])
  joining.release()
  await settled()
  expect(asked).toEqual(['join', 'join'])
  joining.stop()
})
