/** Rafted beside other systems: the same closed loop, in rounds that take turns, so that all meet the same minutes of the machine. */
import { setTimeout as pause } from 'node:timers/promises'
import { ChildHost } from '@rafted/testing'
import { moduleHere } from '../here.ts'
import { describeMachine, type MachineDescription } from '../machine.ts'
import type { Durations, Figures } from '../measure.ts'
import { whyNoCounts } from './flushes.ts'
import type { Peer } from './peer.ts'
import type { PeerQuestion } from './peer-program.ts'
import { peers } from './peers.ts'

export interface PeersBench {
  readonly rounds: number
  readonly durations: Durations
  /** Names contain one of these; all peers if there are none. Rafted is always among them. */
  readonly only: readonly string[]
}

export const concurrencies = [1, 64, 256, 1024] as const

/** Commands that are counted flushes of, by how many are under way. */
const counted = [
  { concurrency: 1, commands: 200 },
  { concurrency: 64, commands: 3200 },
]

export interface PeerFigure extends Figures {
  readonly peer: string
  readonly round: number
  readonly concurrency: number
}

export interface PeerFlushes {
  readonly peer: string
  readonly concurrency: number
  /** Of each of its processes. */
  readonly perCommand: readonly number[]
}

export interface MeasuredPeer extends Pick<Peer, 'name' | 'what' | 'settings'> {
  readonly versions: string
}

export interface SkippedPeer {
  readonly name: string
  readonly why: string
}

export interface PeersResult {
  readonly machine: MachineDescription
  readonly peers: readonly MeasuredPeer[]
  readonly skipped: readonly SkippedPeer[]
  readonly figures: readonly PeerFigure[]
  readonly flushes: readonly PeerFlushes[]
  /** Why flushes were not counted, or null. */
  readonly notCounted: string | null
}

export async function measurePeers({ rounds, durations, only }: PeersBench): Promise<PeersResult> {
  const machine = describeMachine()
  const wanted = peers.filter(
    ({ name }, i) => i === 0 || only.length === 0 || only.some((part) => name.includes(part)),
  )
  const { present, skipped } = await presentOf(wanted, whyNotOpened)
  for (const { name, why } of skipped) console.error(`skipped: ${name}: ${why}`)
  const figures: PeerFigure[] = []
  for (let round = 1; round <= rounds; round++)
    for (const { name } of inTurn(present, round))
      figures.push(...(await measureOne(name, round, durations, rounds)))
  const notCounted = whyNoCounts()
  const flushes: PeerFlushes[] = []
  if (notCounted === null) for (const { name } of present) flushes.push(...(await flushesOf(name)))
  return { machine, peers: present, skipped, figures, flushes, notCounted }
}

/** @param whyNotOpened asked of each that is installed: why it doesn't start, or null. */
export async function presentOf(
  wanted: readonly Peer[],
  whyNotOpened: (name: string) => Promise<string | null>,
): Promise<{ readonly present: MeasuredPeer[]; readonly skipped: SkippedPeer[] }> {
  const present: MeasuredPeer[] = []
  const skipped: SkippedPeer[] = []
  for (const { name, what, settings, find } of wanted) {
    const found = await find()
    const why = 'versions' in found ? await whyNotOpened(name) : found.missing
    if (why !== null) skipped.push({ name, why })
    else if ('versions' in found) present.push({ name, what, settings, versions: found.versions })
  }
  return { present, skipped }
}

/** What is installed may be broken: that is found out before anything is measured. */
async function whyNotOpened(peer: string): Promise<string | null> {
  try {
    await withPeer(peer, async () => {})
    return null
  } catch (error) {
    return `it did not start: ${error instanceof Error ? error.message : String(error)}`
  }
}

/** Each begins another round, so that none always comes after the same one. */
function inTurn<T>(all: readonly T[], round: number): T[] {
  const first = (round - 1) % all.length
  return [...all.slice(first), ...all.slice(0, first)]
}

/** What a figure may take beyond its time. Whoever takes longer has lost commands, or stands still, and has no figure. */
const PATIENCE_MS = 30_000

async function measureOne(
  peer: string,
  round: number,
  durations: Durations,
  rounds: number,
): Promise<PeerFigure[]> {
  return await withPeer(peer, async (ask) => {
    const figures: PeerFigure[] = []
    for (const concurrency of concurrencies) {
      const limit = durations.warmUpMs + durations.measureMs + PATIENCE_MS
      const measured = await inTime(ask({ measure: concurrency, durations }), limit)
      const rate =
        measured === null ? 'no figure' : `${measured.ops_per_s.toLocaleString('en-US')} commands/s`
      console.error(`round ${round} of ${rounds}: ${peer}, ${concurrency} under way: ${rate}`)
      if (measured === null) break
      figures.push({ peer, round, concurrency, ...measured })
    }
    return figures
  })
}

/** @returns null if it has not settled by then. */
async function inTime(measuring: Promise<unknown>, ms: number): Promise<Figures | null> {
  const given = new AbortController()
  const late = pause(ms, null, { signal: given.signal })
  const first = await Promise.race([measuring, late])
  given.abort()
  // Whoever is late is ended, and that is what it rejects with; so does the pause that is given up.
  for (const left of [measuring, late]) left.catch(() => {})
  return first as Figures | null
}

async function flushesOf(peer: string): Promise<PeerFlushes[]> {
  return await withPeer(peer, async (ask) => {
    const all: PeerFlushes[] = []
    for (const { concurrency, commands } of counted) {
      const counts = (await ask({ flushes: concurrency, commands })) as readonly number[]
      all.push({ peer, concurrency, perCommand: counts.map((count) => count / commands) })
    }
    return all
  })
}

/** A client and servers of its own. */
async function withPeer<T>(
  peer: string,
  use: (ask: (question: PeerQuestion) => Promise<unknown>) => Promise<T>,
): Promise<T> {
  const program = new ChildHost({ program: moduleHere('peers/peer-program'), args: [peer] })
  try {
    await program.ask('open' satisfies PeerQuestion)
    const result = await use((question) => program.ask(question))
    await inTime(program.ask('close' satisfies PeerQuestion), PATIENCE_MS)
    return result
  } finally {
    program.signal('SIGTERM')
    await program.exited
  }
}
