/** One host of the fleet that is measured, in a process of its own, on files and TCP. */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { answerQuestions } from '@rafted/testing'
import { openFleet } from 'rafted'
import { cell } from '../cell.ts'
import { quietOn } from './quiet-on.ts'

export type Question =
  | { readonly ask: 'initialise' | 'activate' | 'look' | 'led' | 'quiet' | 'weigh' }
  /** Groups of these numbers. */
  | { readonly ask: 'add'; readonly from: number; readonly count: number }
  /** One write to each. */
  | { readonly ask: 'write'; readonly from: number; readonly count: number; readonly atOnce: number }
  /** As many writes as there is time for, over these groups in turn. */
  | { readonly ask: 'load'; readonly groups: number; readonly atOnce: number; readonly ms: number }

export interface Look {
  /** Groups that are led here, and that have a member here. */
  readonly led: number
  readonly here: number
  readonly moving: number
  /** Of the processor, milliseconds since the process began. */
  readonly cpuMs: number
}

export interface Weight {
  /** What lives after a collection, and what the system counts of the process. */
  readonly liveBytes: number
  readonly residentBytes: number
}

/** Groups that are added at once. */
const ADDED_AT_ONCE = 1024
const PAYLOAD = new Uint8Array(16)

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

const [id, listen, dir, ...join] = process.argv.slice(2)
const fleet = await openFleet({
  id: id!,
  cluster: 'bench',
  listen: listen!,
  dir: dir!,
  machines: { cell },
  join,
  timeoutMs: 120_000,
})

/** Counted as it comes and goes: to be asked for often, and of many. */
const led = new Set<string>()
fleet.host.on('leadership-gained', ({ group }) => led.add(group))
fleet.host.on('leadership-lost', ({ group }) => led.delete(group))

answerQuestions(async (asked) => {
  const question = asked as Question
  switch (question.ask) {
    case 'initialise':
      return await fleet.initialise()
    case 'activate':
      return await fleet.activate({ zone: id! })
    case 'add':
      return await inTurn(question.from, question.count, ADDED_AT_ONCE, (n) =>
        fleet.addGroup(nameOf(n), { machine: 'cell' }),
      )
    case 'write':
      return await inTurn(question.from, question.count, question.atOnce, put)
    case 'load':
      return await load(question.groups, question.atOnce, question.ms)
    case 'look':
      return look()
    case 'led':
      return led.size
    case 'quiet':
      return quietOn(fleet)
    case 'weigh':
      return weigh()
  }
})

function nameOf(n: number): string {
  return `room-${n}`
}

async function put(n: number): Promise<void> {
  await fleet.value(nameOf(n), cell).put(PAYLOAD)
}

async function inTurn(
  from: number,
  count: number,
  atOnce: number,
  run: (n: number) => Promise<unknown>,
): Promise<void> {
  let next = from
  const work = async (): Promise<void> => {
    while (next < from + count) await run(next++)
  }
  await Promise.all(Array.from({ length: Math.min(atOnce, count) }, work))
}

/** @returns how many writes were answered. */
async function load(groups: number, atOnce: number, ms: number): Promise<number> {
  const handles = Array.from({ length: groups }, (_, n) => fleet.value(nameOf(n), cell))
  let next = 0
  let answered = 0
  const end = performance.now() + ms
  const work = async (): Promise<void> => {
    while (performance.now() < end) {
      await handles[next++ % groups]!.put(PAYLOAD)
      answered++
    }
  }
  await Promise.all(Array.from({ length: atOnce }, work))
  return answered
}

function look(): Look {
  const { led, here, moving } = fleet.status()
  const { user, system } = process.cpuUsage()
  return { led, here, moving, cpuMs: (user + system) / 1000 }
}

function weigh(): Weight {
  collect()
  collect()
  const { heapUsed, external, rss } = process.memoryUsage()
  return { liveBytes: heapUsed + external, residentBytes: rss }
}
