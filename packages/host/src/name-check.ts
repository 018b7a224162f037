/** Before a group is created: every address that may know its name has to answer that it doesn't (F99). */
import { type Clock, RaftedError, type Random } from '@rafted/contracts'
import type { Response } from '@rafted/wire'
import { type Call, pauseAfter } from './leader-calls.ts'

/** Hosts that have just been started are asked again for so long, milliseconds. */
const PATIENCE_MS = 2000

export interface NameCheckOptions {
  readonly group: string
  /** Who is asked: all but this host. */
  readonly addresses: readonly string[]
  /** A person has looked at those that don't answer. */
  readonly unreachableChecked: boolean
  readonly call: Call
  readonly clock: Clock
  readonly random: Random
  /** Resolves after so many milliseconds, or with true when there is no point in going on. */
  pause(ms: number): Promise<boolean>
}

/** @returns why the group must not be created, or null. */
export async function nameCheck(options: NameCheckOptions): Promise<RaftedError | null> {
  const { group, unreachableChecked, call, clock, random, pause } = options
  const end = clock.now() + PATIENCE_MS
  let silent: readonly string[] = options.addresses
  for (let attempt = 0; ; attempt++) {
    const asked = silent
    const answers = await Promise.all(
      asked.map((address) =>
        call(address, { kind: 'locate', group, incarnation: null }, Math.max(1, end - clock.now())),
      ),
    )
    const knowing =
      asked[answers.findIndex((answer) => answer.kind === 'located' && answer.knows === 'member')]
    if (knowing !== undefined) return alreadyThere(group, knowing)
    silent = asked.filter((_, i) => answers[i]!.kind !== 'located')
    if (silent.length === 0 || unreachableChecked) return null
    const ms = pauseAfter(attempt, random)
    if (clock.now() + ms >= end || (await pause(ms))) return unanswered(group, silent, answers)
  }
}

/** Where to ask is found out, and nothing was found. */
export function nobodyFound(group: string): RaftedError {
  return new RaftedError(
    'peers-unreachable',
    `\`join\` gives no addresses, so nobody can be asked whether group "${group}" exists already. Look at what it gives, or, once you have looked for yourself, create it with { unreachable: 'checked' }.`,
    { outcome: 'not-applied', details: { silent: [] } },
  )
}

/** Those that are down were not found, and so not asked. */
export function onlyThoseFound(group: string): RaftedError {
  return new RaftedError(
    'peers-unreachable',
    `\`join\` finds hosts that run, and none that is down: whether one of these knows group "${group}" nobody can say. Name all hosts in \`join\`, or, once you have looked for yourself, create it with { unreachable: 'checked' }.`,
    { outcome: 'not-applied', details: { silent: [] } },
  )
}

function alreadyThere(group: string, address: string): RaftedError {
  return new RaftedError(
    'already-exists',
    `"${address}" knows group "${group}" already. This host joins it by itself.`,
    { outcome: 'not-applied' },
  )
}

function unanswered(group: string, silent: readonly string[], answers: readonly Response[]): RaftedError {
  const reasons = answers.flatMap((answer) => (answer.kind === 'error' ? [answer.message] : []))
  return new RaftedError(
    'peers-unreachable',
    `${silent.map((address) => `"${address}"`).join(', ')} did not say whether group "${group}" exists there. ` +
      `${reasons.join(' ')} Start them, or, once you have looked for yourself, create it with { unreachable: 'checked' }.`,
    { outcome: 'not-applied', details: { silent } },
  )
}
