/** One schedule on three real processes, of which one is killed. */
import type { ScheduleRun } from '@rafted/recipes'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { until } from '../../src/until.ts'
import { Processes } from './processes.ts'

let all: Processes

beforeAll(async () => {
  all = await Processes.start(new URL('./scheduler-program.ts', import.meta.url))
})

afterAll(() => all?.end())

interface Fired {
  readonly occurrence: number
  readonly attempt: number
  readonly by: string
}

/** What all processes have written down, that of the killed one too. */
function fired(): Fired[] {
  const lines = all.files('.fired').flatMap((text) => text.trimEnd().split('\n'))
  return lines
    .filter((line) => line !== '')
    .map((line) => line.split(' '))
    .map(([occurrence, attempt, by]) => ({
      occurrence: Number(occurrence),
      attempt: Number(attempt),
      by: by!,
    }))
    .sort((a, b) => a.occurrence - b.occurrence || a.attempt - b.attempt)
}

test('the leader is killed: no occurrence fires twice, and firing goes on', async () => {
  for (const id of all.ids) await all.ask(id, 'begin')
  await until(() => fired().length >= 3)
  const victim = await all.leader()
  await all.kill(victim)
  const last = fired().at(-1)!.occurrence
  await until(() => fired().at(-1)!.occurrence >= last + 4000)
  const runs = fired()
  const keys = runs.map(({ occurrence, attempt }) => `${occurrence} ${attempt}`)
  expect(new Set(keys).size).toBe(keys.length)
  const survivor = all.ids[0]!
  const history = (await all.ask(survivor, 'history')) as ScheduleRun[]
  // A second attempt is made only at what the killed one had claimed and not finished.
  for (const { occurrence } of runs.filter(({ attempt }) => attempt > 1))
    expect(history.filter((run) => run.occurrence === occurrence).at(-1)).toMatchObject({
      by: victim,
      attempt: 1,
      outcome: 'lapsed',
    })
  expect(runs.slice(-2).every(({ by }) => by !== victim)).toBe(true)
})
