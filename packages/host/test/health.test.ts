/** What a host says of its health, for each thing that can be amiss (F120). */
import { RaftedError } from '@rafted/contracts'
import type { Response } from '@rafted/wire'
import { beforeEach, describe, expect, test } from 'vitest'
import { type Health, type HealthOptions, type HealthSource, HealthWatch } from '../src/health.ts'
import type { Member } from '../src/member.ts'
import { type Probed, probe, probes } from '../src/probes.ts'

type Answer = (response: Partial<Response>) => void

let member: { -readonly [Key in keyof Member]?: Member[Key] }
let seats: Map<string, { member: Member | null }>
let asked: Answer[]
let waitingMs: number
let watch: HealthWatch

beforeEach(() => {
  asked = []
  waitingMs = 0
  member = { group: 'queue', appliedIndex: 3, ended: null, isToBePromoted: false, hasLeader: true }
  seats = new Map([['queue', { member: member as Member }]])
  watch = new HealthWatch()
})

function look(options?: HealthOptions): Promise<Health> {
  const call = (): Promise<Response> => new Promise((resolve) => asked.push(resolve as Answer))
  const disk = { diskLatency: () => ({ waitingMs }) as ReturnType<HealthSource['disk']['diskLatency']> }
  return watch.look({ link: { local: true, call, close: async () => {} }, seats, disk }, options)
}

/** Its member has caught up. */
async function ready(): Promise<void> {
  const health = look()
  asked.shift()!({ kind: 'result', index: 3 })
  expect(await health).toEqual({
    live: true,
    ready: true,
    why: [],
    groups: [{ group: 'queue', ready: true, why: null }],
  })
}

describe('a member', () => {
  test('is not ready before it has applied what its leader had committed; then for as long as it runs', async () => {
    const early = look()
    asked.shift()!({ kind: 'error', code: 'timeout', message: 'No answer came.' })
    expect(await early).toMatchObject({ live: true, ready: false })
    expect((await early).why[0]).toMatch(/^The member of "queue" here has not caught up .* No answer came\.$/)
    await ready()
    expect((await look()).ready).toBe(true)
    expect(asked).toEqual([])
    // Another life of it begins behind.
    seats.set('queue', { member: { ...member } as Member })
    const again = look()
    asked.shift()!({ kind: 'error', code: 'timeout', message: 'No answer came.' })
    expect((await again).ready).toBe(false)
  })

  test('is asked once for all who look meanwhile', async () => {
    const looks = [look(), look(), look()]
    expect(asked).toHaveLength(1)
    asked[0]!({ kind: 'result', index: 3 })
    for (const look of looks) expect((await look).ready).toBe(true)
  })

  const amiss: readonly [string, () => void, RegExp][] = [
    ['is not there', () => seats.set('queue', { member: null }), /has no member here yet/],
    ['was never started', () => seats.delete('queue'), /was not started/],
    ['does not know a leader', () => (member.hasLeader = false), /no leader that is known/],
    ['does not vote yet', () => (member.isToBePromoted = true), /not a voter yet/],
    [
      'has stopped',
      () => (member.ended = new RaftedError('member-stopped', 'It broke.', { outcome: 'unknown' })),
      /It broke/,
    ],
  ]
  test.each(amiss)('that %s makes the host not ready, and no restart helps', async (_what, breaks, why) => {
    await ready()
    breaks()
    const health = await look({ groups: ['queue'] })
    expect(health).toMatchObject({ live: true, ready: false })
    expect(health.groups).toEqual([{ group: 'queue', ready: false, why: expect.stringMatching(why) }])
  })
})

describe('a host', () => {
  test('with a disk that does not answer is not ready, and is left alone', async () => {
    await ready()
    waitingMs = 10_001
    expect(await look()).toMatchObject({
      live: true,
      ready: false,
      why: ['The disk has not answered for 10001 ms.'],
    })
  })

  test('whose storage has failed is to be restarted', async () => {
    await ready()
    watch.storageFailed(new Error('EIO'))
    expect(await look()).toMatchObject({
      live: false,
      ready: false,
      why: ['The storage has failed: EIO'],
    })
  })

  test('that closes is no longer ready; closed, it is not live', async () => {
    await ready()
    let close = (): void => {}
    const closed = watch.closing(new Promise((resolve) => (close = resolve)))
    expect(await look()).toMatchObject({ live: true, ready: false })
    close()
    await closed
    expect(await look()).toMatchObject({ live: false, ready: false })
  })

  test('that was started without a group is not ready', async () => {
    seats.clear()
    expect(await look()).toMatchObject({
      live: true,
      ready: false,
      why: ['No group was started here.'],
    })
  })
})

describe('probes', () => {
  const health: Health = { live: true, ready: false, why: ['because'], groups: [] }
  const host: Probed = { health: async () => health }

  test('answer with what is asked, and why', async () => {
    const body = `${JSON.stringify({ live: true, ready: false, why: ['because'] })}\n`
    expect(await probe(host, '/livez')).toEqual({ status: 200, body })
    expect(await probe(host, '/readyz?verbose')).toEqual({ status: 503, body })
    expect(await probe(host, '/')).toBeNull()
  })

  test('listen as node:http wants it', async () => {
    const answer = (url: string): Promise<[number, string]> =>
      new Promise((resolve) => {
        let status = 0
        probes(host)(
          { url },
          { writeHead: (given) => (status = given), end: (body) => resolve([status, body]) },
        )
      })
    expect((await answer('/readyz'))[0]).toBe(503)
    expect((await answer('/livez'))[0]).toBe(200)
    expect(await answer('/metrics')).toEqual([404, '{}\n'])
  })
})
