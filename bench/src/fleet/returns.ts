/** How long hosts with many groups take to come back: one of them, and all. */
import { setTimeout as pause } from 'node:timers/promises'
import type { ChildHost } from '@rafted/testing'
import { until } from '../until.ts'
import type { Question } from './fleet-host.ts'

export interface Returns {
  /** What is started again takes the place of what was killed. */
  readonly hosts: ChildHost[]
  /** The one that has been killed. */
  readonly lost: number
  readonly groups: number
  start(i: number): ChildHost
  note(what: string, value: number, unit: string): void
}

/** Nobody waits longer. */
const MOST_MS = 180_000

export async function measureReturns({ hosts, lost, groups, start, note }: Returns): Promise<void> {
  const atRest = async (what: string): Promise<void> => {
    const begin = performance.now()
    let least = 0
    await until(async () => {
      await pause(500)
      least = await leastQuiet(hosts)
      return least >= groups || performance.now() - begin > MOST_MS
    })
    const seconds = (performance.now() - begin) / 1000
    if (least >= groups) note(`${what}, at rest after`, seconds, 's')
    else note(`${what}, not at rest after ${Math.round(seconds)} s: groups that are`, least, '')
  }
  hosts[lost] = start(lost)
  await atRest('that host started again')
  await Promise.all(hosts.map((host) => host.kill()))
  for (const i of hosts.keys()) hosts[i] = start(i)
  await atRest('all hosts killed, and started again')
}

/** Groups that are led, and whose members lack nothing, on the host that has the fewest of these. */
async function leastQuiet(hosts: readonly ChildHost[]): Promise<number> {
  const question: Question = { ask: 'quiet' }
  const quiet = await Promise.all(hosts.map(async (host) => (await host.ask(question)) as number))
  return Math.min(...quiet)
}
