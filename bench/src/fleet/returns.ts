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

export async function measureReturns({ hosts, lost, groups, start, note }: Returns): Promise<void> {
  const one = performance.now()
  hosts[lost] = start(lost)
  await atRest(hosts, groups)
  note('that host started again: its members have all there is after', secondsSince(one), 's')
  await Promise.all(hosts.map((host) => host.kill()))
  const all = performance.now()
  for (const i of hosts.keys()) hosts[i] = start(i)
  await atRest(hosts, groups)
  note('all hosts killed, and started again: all led, and at rest, after', secondsSince(all), 's')
}

/** Each group has a leader, and its members lack nothing. */
async function atRest(hosts: readonly ChildHost[], groups: number): Promise<void> {
  await until(async () => {
    await pause(500)
    const question: Question = { ask: 'quiet' }
    const quiet = await Promise.all(hosts.map(async (host) => (await host.ask(question)) as number))
    return quiet.every((count) => count >= groups)
  })
}

function secondsSince(begin: number): number {
  return (performance.now() - begin) / 1000
}
