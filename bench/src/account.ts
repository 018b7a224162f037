/**
 * What a command costs the processor, stage by stage: a CPU profile of one load, whose time goes to the stage that the function belongs to, or, where it serves many
 * (a writer of bytes, what Node.js does itself), to the stage that called it.
 */
import { closedLoop, type Durations } from './measure.ts'
import { type Profile, profiled } from './profile.ts'
import type { Suite } from './suite.ts'

/** In the order in which a command passes them. The first that fits counts; places are as in `packages/wire/dist/writer.js`. */
const stages: readonly (readonly [stage: string, place: RegExp])[] = [
  ['the caller’s own loop', /^bench\//],
  ['call: check, session, promise', /^packages\/client\/|^packages\/wire\/\w+\/(pending-calls|link)\./],
  ['values to bytes', /^packages\/wire\/\w+\/(flat-value|value-(codec|check|encode)\w*)\./],
  ['bytes to values', /^packages\/wire\/\w+\/(value-reader|value-date)\./],
  [
    'request: entry made and proposed',
    /^packages\/host\/\w+\/(proposals|requests|waiters|appended|tail|member-calls|time-entries)\./,
  ],
  [
    'messages: encoded and decoded',
    /^packages\/wire\/\w+\/(batch|envelope|entry-codec|member-message|request-codec|response-codec)\./,
  ],
  ['transport', /^packages\/transport-/],
  ['consensus: replicate, acknowledge, commit', /^packages\/core\//],
  ['log: batch built and summed', /^packages\/storage\/\w+\/files\/(log-batch|log-stretch|record-sum)\./],
  ['log: kept, written, flushed', /^packages\/storage\//],
  [
    'apply',
    /^packages\/host\/\w+\/(applier|replicated-state|sessions|kept-results|replies|settings)\.|^packages\/contracts\//,
  ],
  ['answer', /^packages\/host\/\w+\/(answering|hooks|event-hub)\./],
  ['turn', /^packages\/host\//],
]

const LOOSE = 'Node.js, called by none of these'
const COLLECTOR = 'garbage collector'

export interface Stage {
  readonly stage: string
  /** Per command, in this process: of all three members and the caller. */
  readonly us: number
}

/** Of commands of 16 bytes. @returns the stages, the most expensive first, and what they add up to. */
export async function account(suite: Suite, concurrency: number, durations: Durations): Promise<Stage[]> {
  const target = await suite.open({ size: 16, read: suite.reads[0]! })
  const payload = new Uint8Array(16).fill(0x61)
  try {
    await closedLoop(() => target.command(payload), Math.max(64, concurrency), {
      warmUpMs: 0,
      measureMs: durations.warmUpMs,
    })
    let commands = 0
    const call = async (): Promise<void> => {
      await target.command(payload)
      commands++
    }
    const profile = await profiled(() => closedLoop(call, concurrency, { ...durations, warmUpMs: 0 }))
    return stagesOf(profile, commands)
  } finally {
    await target.close()
  }
}

/** @param commands that were answered while it was taken. */
export function stagesOf(profile: Profile, commands: number): Stage[] {
  const { nodes, samples = [], timeDeltas = [] } = profile
  const stageOf = new Map<number, string | null>()
  const byId = new Map(nodes.map((node) => [node.id, node]))
  // A caller stands before those that it calls.
  for (const { id, callFrame, children = [] } of nodes) {
    const own = ownStage(callFrame.functionName, placeOf(callFrame.url)) ?? stageOf.get(id) ?? LOOSE
    stageOf.set(id, own)
    for (const child of children) if (byId.has(child)) stageOf.set(child, own === LOOSE ? null : own)
  }
  const spent = new Map<string, number>()
  for (const [i, id] of samples.entries()) {
    const stage = stageOf.get(id) ?? LOOSE
    spent.set(stage, (spent.get(stage) ?? 0) + Math.max(0, timeDeltas[i] ?? 0))
  }
  spent.delete('idle')
  const all = [...spent].map(([stage, us]) => ({ stage, us: us / commands }))
  const sum = all.reduce((us, stage) => us + stage.us, 0)
  return [...all.sort((a, b) => b.us - a.us), { stage: 'all of it', us: sum }]
}

function ownStage(name: string, place: string): string | undefined {
  if (name === '(garbage collector)') return COLLECTOR
  if (name === '(idle)') return 'idle'
  return stages.find(([, pattern]) => pattern.test(place))?.[0]
}

function placeOf(url: string): string {
  return url.includes('/node_modules/') ? '' : url.replace(/^.*?\/(packages|bench)\//, '$1/')
}
