/** `rafted lock`: holds a lock while a program runs, or until it is ended. */

import { isRaftedError } from '@rafted/contracts'
import type { Held, Lock } from '@rafted/recipes'
import { durationOf } from '../arguments.ts'
import { type Call, type Command, Status, WrongUse } from '../command.ts'
import { withClient } from '../connection/client.ts'
import { connectionOptions, groupOption } from '../connection/options.ts'
import { asKind } from '../group/kind.ts'
import { Interrupted } from '../interrupted.ts'
import { jsonLine } from '../json.ts'
import { giveBack, runHolding } from '../lock/run-holding.ts'
import { shownName } from '../shown.ts'

const GROUP = 'locks'

export const lock: Command = {
  name: 'lock',
  section: 'use',
  summary: 'holds a lock while a program runs, or until Ctrl-C',
  text: `Waits for its turn, then runs the program with RAFTED_LOCK (the name) and RAFTED_TOKEN in its environment, and gives the lock back when it has ended. The token is a
number that is higher than that of every holder before: what the program writes to should refuse a lower one than it has seen, since no lock can
call back a program that was paused. If the lock is lost the program is told to end (SIGTERM). Without a program the token is printed, and the lock is held until Ctrl-C.
The group is one that hosts run as locks: rafted start --group locks=locks.`,
  operands: [{ name: 'NAME', missing: 'Name the lock.' }],
  rest: '-- PROGRAM ARGUMENTS...',
  options: [
    { name: 'try', value: null, text: 'end with 1 if somebody else holds it, or waits for it' },
    { name: 'wait', value: 'TIME', text: 'wait no longer than this for its turn' },
    {
      name: 'lease',
      value: 'TIME',
      text: 'lost by one that is not heard of for so long; 10s unless it is said',
    },
    { name: 'label', value: 'TEXT', text: 'what others are shown of who holds it' },
    { name: 'show', value: null, text: 'say who holds it and how many wait, and end' },
    groupOption(GROUP, 'RAFTED_LOCKS'),
    ...connectionOptions,
  ],
  examples: [
    ['nightly --try -- ./report.sh', 'on one machine at a time'],
    ['deploy --label "ann, from her desk"', 'until Ctrl-C'],
    ['deploy --show', ''],
  ],
  statuses: `With a program its own; 128 and the number of the signal if one has ended it; 2 if the lock was lost. With --try, or where --wait is over: 1. Where --show
finds nobody: 1.`,
  async run(call) {
    const { operands, rest } = call
    const [name] = operands as readonly [string]
    if (rest?.length === 0) throw new WrongUse('Name a program behind --.')
    const leaseMs = durationOf('lease', call.option('lease')) ?? undefined
    const waitMs = durationOf('wait', call.option('wait')) ?? undefined
    const group = call.option('group') ?? GROUP
    return await withClient(call, async ({ client, timeoutMs }) => {
      const { claims, lock: lockOf } = await import('@rafted/recipes')
      const handle = client.value(group, claims).with({ timeoutMs })
      const named = lockOf(handle, name, { leaseMs })
      // To wait for one's turn may take for ever; whether there is anybody to wait for is told at once.
      const waiting = await asKind(group, 'group of locks', () => named.waiting())
      if (call.flag('show')) return await show(call, named, waiting)
      const held = await acquired(call, named, waitMs)
      if (held === null) return Status.amiss
      return rest === null ? await hold(call, held) : await runHolding(call, held, rest)
    })
  },
}

async function show({ terminal, json }: Call, named: Lock, waiting: number): Promise<Status> {
  const holder = await named.holder()
  const { name } = named
  if (json) await terminal.print(jsonLine({ lock: name, holder, waiting }))
  else if (holder === null) await terminal.print(`nobody holds ${shownName(name)}\n`)
  else {
    const label = holder.label === '' ? '' : `, ${shownName(holder.label)}`
    await terminal.print(`${shownName(name)} is held under token ${holder.token}${label}; ${waiting} wait\n`)
  }
  return holder === null ? Status.amiss : Status.fine
}

async function acquired(call: Call, named: Lock, waitMs: number | undefined): Promise<Held | null> {
  const { terminal } = call
  const label = call.option('label') ?? ''
  const signal = terminal.interrupted()
  if (call.flag('try')) {
    const held = await named.tryAcquire({ label, signal })
    if (held === null) terminal.say(`Somebody else holds ${shownName(named.name)}, or waits for it.\n`)
    return held
  }
  try {
    return await named.acquire({ label, signal, timeoutMs: waitMs })
  } catch (error) {
    if (signal.aborted) throw new Interrupted(signal.reason)
    if (waitMs === undefined || !isRaftedError(error, 'timeout')) throw error
    terminal.say(`The turn did not come in time: somebody else holds ${shownName(named.name)}.\n`)
    return null
  }
}

/** Until it is ended from outside, or lost. */
async function hold({ terminal, json }: Call, held: Held): Promise<Status> {
  const { name, token } = held
  await terminal.print(json ? jsonLine({ lock: name, token }) : `token ${token}\n`)
  const interrupted = terminal.interrupted()
  await new Promise<void>((resolve) => {
    const over = AbortSignal.any([interrupted, held.signal])
    if (over.aborted) resolve()
    else over.addEventListener('abort', () => resolve(), { once: true })
  })
  if (await giveBack(terminal, held)) return Status.fine
  terminal.say(`The lock ${shownName(name)} was lost.\n`)
  return Status.failed
}
