/** What a group of three processes costs its callers when one of them goes, and what it answers while all are there. */
import { describeMachine, type MachineDescription, machineText } from '../machine.ts'
import type { Durations } from '../measure.ts'
import { quantileOf, type Spread, spreadOf, spreadText } from '../spread.ts'
import { markdownTable } from '../tables.ts'
import { type FollowerEvent, followerEvents, followerLost } from './follower-lost.ts'
import { type Loss, leaderLost } from './leader-lost.ts'
import { type ReadFigures, readFigures } from './reads.ts'

export interface FailoverBench {
  /** Times that the leader is killed, and that it stops without a word. */
  readonly kills: number
  readonly silences: number
  /** Of a follower that comes and goes under full load, and of queries. */
  readonly runs: number
  /** Of each thing that happens to a follower. */
  readonly windowMs: number
  readonly durations: Durations
}

export interface FailoverResult {
  readonly machine: MachineDescription
  /** Milliseconds, in the order they came. */
  readonly leader: Readonly<Record<Loss, readonly number[]>>
  /** Of each run, parts of the throughput before. */
  readonly follower: Readonly<Record<FollowerEvent, readonly number[]>>
  readonly reads: readonly ReadFigures[]
}

export async function measureFailover(bench: FailoverBench): Promise<FailoverResult> {
  const machine = describeMachine()
  const told =
    (what: string) =>
    (ms: number): void =>
      console.error(`leader ${what}: ${Math.round(ms)} ms`)
  const leader = {
    killed: await leaderLost('killed', bench.kills, told('killed')),
    silent: await leaderLost('silent', bench.silences, told('silent')),
  }
  const follower = Object.fromEntries(followerEvents.map((event) => [event, [] as number[]])) as Record<
    FollowerEvent,
    number[]
  >
  const reads: ReadFigures[] = []
  for (let run = 0; run < bench.runs; run++) {
    const worst = await followerLost(bench.windowMs)
    for (const event of followerEvents) follower[event].push(worst[event])
    reads.push(await readFigures(bench.durations))
    console.error(`run ${run + 1} of ${bench.runs} with followers and queries: done`)
  }
  return { machine, leader, follower, reads }
}

export function failoverReport({ machine, leader, follower, reads }: FailoverResult): string {
  const losses: readonly [string, readonly number[]][] = [
    ['killed (SIGKILL)', leader.killed],
    ['stopped without a word (SIGSTOP)', leader.silent],
  ]
  const times = losses.map(([what, ms]) => {
    const sorted = ms.toSorted((a, b) => a - b)
    const shown = [0.5, 0.99, 1].map((part) => Math.round(quantileOf(sorted, part)).toLocaleString('en-US'))
    return [what, String(ms.length), ...shown]
  })
  const spreads: readonly [string, Spread][] = [
    ['by lease, in the process of the leader, 64 under way', spreadOf(reads.map(({ lease }) => lease))],
    [
      'by ReadIndex, from a fourth process, 256 under way',
      spreadOf(reads.map(({ fourthProcess }) => fourthProcess)),
    ],
    ...[
      'by ReadIndex, the leader’s host asks its own member, 64 under way',
      'the same, and a follower’s host as well',
      'the same, and both followers’ hosts',
    ].map((what, i): [string, Spread] => [what, spreadOf(reads.map(({ together }) => together[i]!))]),
  ]
  const events = followerEvents.map((event) => [event, spreadText(spreadOf(follower[event]), 2)])
  return `Measured ${machineText(machine)}.

Milliseconds from the signal to the answer of the next command, default settings:

${markdownTable(['the leader', 'times', 'median', '99th in a hundred', 'most'], times)}

The worst second, as a part of the throughput before, 256 commands under way; median of ${reads.length} runs (least–most):

${markdownTable(['what happens to a follower', 'worst second'], events)}

Queries per second; median of ${reads.length} runs (least–most):

${markdownTable(
  ['', 'queries/s'],
  spreads.map(([what, spread]) => [what, spreadText(spread, 0)]),
)}
`
}
