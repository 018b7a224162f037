/** Random schedules of calls, give-ups and faults against the model cluster, and what must hold at their end. */
import { type CommandId, createClient, type Resolved } from '@rafted/client'
import fc from 'fast-check'
import { expect } from 'vitest'
import { type Faults, ModelCluster, noFaults } from './model-cluster.ts'
import { ScriptedLink } from './scripted-link.ts'
import { seeded, type Watched, watched } from './setting.ts'
import { VirtualClock } from './virtual-clock.ts'

const percent = (max: number) => fc.integer({ min: 0, max })

const faults: fc.Arbitrary<Faults> = fc.record({
  loseRequest: percent(40),
  loseAnswer: percent(40),
  repeat: percent(40),
  stepDown: percent(20),
  overload: percent(20),
  delayMs: fc.integer({ min: 0, max: 200 }),
  lateMs: fc.integer({ min: 0, max: 3000 }),
})

type Step =
  | { readonly do: 'call'; readonly times: number; readonly timeoutMs: number; readonly refuse: boolean }
  | { readonly do: 'abort'; readonly which: number }
  | { readonly do: 'wait'; readonly ms: number }
  | { readonly do: 'resolve' }
  | { readonly do: 'elect'; readonly leader: string | null; readonly known: boolean }
  | { readonly do: 'cut'; readonly host: string }
  | { readonly do: 'join'; readonly host: string }
  | { readonly do: 'expire' }

const host = fc.constantFrom('a', 'b', 'c')
const call = fc.record({
  do: fc.constant('call' as const),
  times: fc.integer({ min: 1, max: 10 }),
  timeoutMs: fc.oneof(fc.constant(1_000_000), fc.integer({ min: 1, max: 3000 })),
  refuse: fc.integer({ min: 0, max: 9 }).map((n) => n === 9),
})
const wait = fc.record({ do: fc.constant('wait' as const), ms: fc.integer({ min: 0, max: 400 }) })
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: call },
  { weight: 5, arbitrary: wait },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('abort' as const), which: fc.nat(200) }) },
  { weight: 2, arbitrary: fc.constant<Step>({ do: 'resolve' }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('elect' as const),
      leader: fc.option(host),
      known: fc.boolean(),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('cut' as const), host }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('join' as const), host }) },
)

export const schedules = (withExpiry: boolean) =>
  fc.record({
    seed: fc.nat(),
    faults,
    steps: fc.array(
      withExpiry
        ? fc.oneof(
            { weight: 12, arbitrary: step },
            { weight: 1, arbitrary: fc.constant<Step>({ do: 'expire' }) },
          )
        : step,
      { minLength: 1, maxLength: 30 },
    ),
  })

export type Schedule = typeof schedules extends (withExpiry: boolean) => fc.Arbitrary<infer T> ? T : never

interface Called {
  readonly id: number
  readonly refuse: boolean
  readonly patient: boolean
  aborted: boolean
  readonly controller: AbortController
  readonly call: Watched
  /** What became of it, once somebody asks. */
  resolved: Watched<Resolved>[]
}

export async function run({ seed, faults, steps }: Schedule): Promise<void> {
  const random = seeded(seed)
  const clock = new VirtualClock()
  const link = new ScriptedLink(clock)
  const cluster = new ModelCluster(clock, link, seeded(seed + 1).number)
  const client = createClient({ link, clock, random, addresses: ['a', 'b', 'c'], attemptTimeoutMs: 300 })
  const machine = client.machine('queue', { codec: null })
  const calls: Called[] = []
  cluster.faults = faults
  for (const step of steps) {
    switch (step.do) {
      case 'call':
        for (let i = 0; i < step.times; i++) {
          const id = calls.length
          const controller = new AbortController()
          const refuse = step.refuse && i === 0
          const { timeoutMs } = step
          const call = machine.command({ command: id, refuse }, { timeoutMs, signal: controller.signal })
          calls.push({
            id,
            refuse,
            patient: timeoutMs === 1_000_000,
            aborted: false,
            controller,
            call: watched(call),
            resolved: [],
          })
        }
        break
      case 'abort': {
        const called = calls[step.which % Math.max(1, calls.length)]
        if (called?.call.state === 'waits') {
          called.aborted = true
          called.controller.abort()
        }
        break
      }
      case 'resolve':
        for (const called of calls) {
          const id = called.call.error?.details.id as CommandId | undefined
          if (id === undefined || called.resolved.length > 1) continue
          called.resolved.push(
            watched(client.resolve('queue', { codec: null }, id, { timeoutMs: 1_000_000 })),
          )
        }
        break
      case 'wait':
        await clock.advance(step.ms)
        break
      case 'elect':
        cluster.elect(step.leader)
        if (step.known) cluster.spreadNews()
        break
      case 'cut':
        cluster.cut.add(step.host)
        break
      case 'join':
        cluster.cut.delete(step.host)
        break
      case 'expire':
        cluster.expireSessions()
        break
    }
  }
  const expired = steps.some((step) => step.do === 'expire')
  cluster.faults = noFaults
  cluster.cut.clear()
  cluster.elect('b')
  cluster.spreadNews()
  await clock.advance(60_000)
  check(cluster, calls, expired)
  checkResolved(calls, cluster)
  const closed = client.close()
  await clock.advance(1000)
  await closed
  expect(clock.timers).toBe(0)
}

function check(cluster: ModelCluster, calls: readonly Called[], expired: boolean): void {
  const timesApplied = new Map<number, number>()
  const results = new Map<number, string>()
  const calm = !expired && calls.every(({ patient, aborted }) => patient && !aborted)
  // Behind one that was refused, or withdrawn by whoever asked what became of it, nothing can be done in its session: it moves to the next, behind what is there.
  const moved = calls.some(
    ({ refuse, resolved }) => refuse || resolved.some(({ value }) => value?.outcome === 'not-applied'),
  )
  const latest = new Map<number, { sequence: number; command: number }>()
  let before = -1
  for (const { session, sequence, command, result } of cluster.applied) {
    timesApplied.set(command, (timesApplied.get(command) ?? 0) + 1)
    results.set(command, result)
    const last = latest.get(session) ?? { sequence: 0, command: -1 }
    expect(sequence).toBe(last.sequence + 1)
    // In the order of the calls: within a session, and over all of them where no caller gave up.
    if (!moved) expect(command).toBeGreaterThan(last.command)
    if (calm) expect(command).toBeGreaterThan(before)
    before = command
    latest.set(session, { sequence, command })
  }
  // One that was refused after an attempt that may have done it takes its session with it.
  const broken = calls.some(({ refuse, call }) => refuse && call.error?.outcome === 'unknown')
  for (const { id, refuse, patient, aborted, call } of calls) {
    const times = timesApplied.get(id) ?? 0
    expect(times).toBeLessThanOrEqual(1)
    expect(call.state).not.toBe('waits')
    if (call.state === 'resolved') expect(call.value).toBe(results.get(id))
    else {
      const { code, outcome } = call.error!
      if (outcome === 'not-applied') expect(times).toBe(0)
      const expected = ['too-large', ...(aborted ? ['aborted'] : []), ...(patient ? [] : ['timeout'])]
      if (expired || broken) expected.push('session-expired')
      expect(expected).toContain(code)
      if (code === 'too-large') expect(refuse).toBe(true)
    }
  }
}

/** What was told of a command in doubt is true, and stays so. */
function checkResolved(calls: readonly Called[], { applied }: ModelCluster): void {
  for (const { id, resolved } of calls) {
    const results = applied.filter(({ command }) => command === id).map(({ result }) => result)
    for (const { state, value, error } of resolved) {
      expect(state).not.toBe('waits')
      if (value?.outcome === 'applied') expect(results).toEqual([value.result])
      else if (value?.outcome === 'not-applied') {
        expect(value.error.code).toBe('withdrawn')
        expect(results).toEqual([])
      } else expect(error).toMatchObject({ code: 'session-expired', outcome: 'unknown' })
    }
  }
}
