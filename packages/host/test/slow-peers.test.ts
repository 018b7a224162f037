/** A peer that keeps its leader waiting is told of once, and once when that is over (F90c). */
import type { EventOf } from '@rafted/contracts'
import type { Core, PeerView } from '@rafted/core'
import { expect, test } from 'vitest'
import { SlowPeers } from '../src/slow-peers.ts'

/** A leader with one peer, looked at every 100 ms: slow beyond 2000 ms, recovered within 1000 ms. */
function setting() {
  const events: EventOf<'slow-peer'>[] = []
  const slow = new SlowPeers('g', (event) => void events.push(event as EventOf<'slow-peer'>))
  const times = { heartbeatMs: 100, electionMs: 1000 }
  const peer = {
    id: 'b',
    state: 'stream' as const,
    match: 10,
    next: 11,
    lastHeard: 0,
    isAbsent: false,
    repair: null,
  }
  const core = { lastIndex: 10, peers: (): PeerView[] => [peer] }
  let now = 0
  /** Lets time pass: the peer answers heartbeats, and holds all but the last `behind` entries, of which there is one per look. */
  const pass = (ms: number, behind: number, { answers = true, every = 100 } = {}): void => {
    for (const until = now + ms; now < until; ) {
      now += every
      core.lastIndex++
      peer.match = Math.max(peer.match, core.lastIndex - behind)
      if (answers) peer.lastHeard = now
      slow.check(core as unknown as Core, times, now)
    }
  }
  const told = () => events.splice(0).map(({ peer: id, state, level }) => `${level} ${id} ${state}`)
  return { slow, core, peer, events, pass, told }
}

test('who is behind, but within the bound, is not slow', () => {
  const { pass, told } = setting()
  pass(5000, 0)
  pass(20_000, 9)
  expect(told()).toEqual([])
})

test('an entry that is not acknowledged for two election timeouts makes the peer slow: told once, and once when it is over', () => {
  const { events, pass, told } = setting()
  pass(1000, 0)
  pass(2000, 1e9)
  expect(told()).toEqual([])
  pass(300, 1e9)
  expect(events).toMatchObject([{ kind: 'slow-peer', group: 'g', entries: 22 }])
  expect(events[0]!.lagMs).toBeGreaterThan(2000)
  expect(events[0]!.lagMs).toBeLessThanOrEqual(2300)
  expect(told()).toEqual(['warn b slow'])
  pass(20_000, 1e9)
  // Between the two bounds it is neither: nothing is told of who is about as slow as the bound.
  pass(20_000, 15)
  expect(told()).toEqual([])
  pass(5000, 2)
  expect(told()).toEqual(['info b recovered'])
  pass(5000, 2)
  pass(3000, 1e9)
  expect(told()).toEqual(['warn b slow'])
})

test('one that is silent is slow too, though there is nothing it could acknowledge', () => {
  const { core, pass, told } = setting()
  pass(2000, 0, { answers: false })
  expect(told()).toEqual([])
  pass(200, 0, { answers: false })
  expect(told()).toEqual(['warn b slow'])
  core.lastIndex = 100
  pass(200, 0)
  pass(200, 0)
  expect(told()).toEqual(['info b recovered'])
})

test('a host that was late itself blames nobody: what was acknowledged may wait unread (F94g)', () => {
  const { pass, told } = setting()
  pass(1000, 0)
  pass(500, 1e9)
  pass(60_000, 1e9, { every: 60_000 })
  pass(1000, 1e9)
  expect(told()).toEqual([])
  pass(1000, 1e9)
  expect(told()).toEqual(['warn b slow'])
})

test('who no longer leads, and who is no member any more, ends what was told', () => {
  const { slow, core, pass, told } = setting()
  pass(3000, 1e9)
  expect(told()).toEqual(['warn b slow'])
  slow.stop()
  expect(told()).toEqual(['info b unwatched'])
  slow.stop()
  pass(1000, 1e9)
  expect(told()).toEqual([])
  pass(2000, 1e9)
  expect(told()).toEqual(['warn b slow'])
  core.peers = () => []
  pass(100, 0)
  pass(100, 0)
  expect(told()).toEqual(['info b unwatched'])
})
