/** A client, its link and its clock, ready to be tried. */

import { type ClientOptions, createClient } from '@rafted/client'
import { type CallOptions, isRaftedError, type RaftedError, type Random } from '@rafted/contracts'
import type { Request } from '@rafted/wire'
import { located, ok, type Reply, ScriptedLink, said, session } from './scripted-link.ts'
import { VirtualClock } from './virtual-clock.ts'

/** Chance that repeats itself: a linear congruential generator. */
export function seeded(seed: number): Random {
  let state = seed >>> 0
  return {
    number() {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
      return state / 2 ** 32
    },
    bytes: (count) => new Uint8Array(count),
  }
}

export interface SettingOptions extends Partial<Omit<ClientOptions, 'link' | 'clock'>> {
  readonly local?: boolean
}

export function setting({ local = false, ...options }: SettingOptions = {}) {
  const clock = new VirtualClock()
  const link = new ScriptedLink(clock, { local })
  const client = createClient({
    link,
    clock,
    random: seeded(1),
    addresses: ['a', 'b', 'c'],
    attemptTimeoutMs: 3000,
    ...options,
  })
  const machine = client.machine('queue', { codec: null })
  return {
    clock,
    link,
    client,
    machine,
    command: (command: unknown, over?: CallOptions) => watched(machine.command(command, over)),
    query: (query: unknown, over?: CallOptions) => watched(machine.query(query, over)),
  }
}

/** Where a call stands. */
export interface Watched<T = unknown> {
  readonly promise: Promise<T>
  state: 'waits' | 'resolved' | 'rejected'
  value?: T
  error?: RaftedError
}

export function watched<T>(promise: Promise<T>): Watched<T> {
  const watch: Watched<T> = { promise, state: 'waits' }
  promise.then(
    (value) => {
      watch.state = 'resolved'
      watch.value = value
    },
    (reason: unknown) => {
      watch.state = 'rejected'
      if (!isRaftedError(reason)) throw reason
      watch.error = reason
    },
  )
  return watch
}

/** One leader that does all it is asked: the result of a command or query is what it said. */
export function leaderAt(leader: string | null, over: Partial<Record<Request['kind'], () => Reply>> = {}) {
  return (address: string | null, request: Request): Reply => {
    const other = over[request.kind]
    if (other !== undefined) return other()
    if (request.kind === 'locate') return located(leader ?? 'a')
    if (address !== leader)
      return {
        kind: 'error',
        code: 'not-leader',
        outcome: 'not-applied',
        message: `${leader} leads.`,
        leader,
        term: 1,
        details: new Uint8Array(0),
      }
    switch (request.kind) {
      case 'open-session':
        return session()
      case 'command':
      case 'query':
        return ok(said(request))
      default:
        return { kind: 'done', incarnation: 'f00d', configuration: null }
    }
  }
}
