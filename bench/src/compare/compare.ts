/** Whether this state of the sources is faster than another: both in turns, each measurement in processes of its own. */
import { ChildHost } from '@rafted/testing'
import { describeMachine, type MachineDescription, machineText } from '../machine.ts'
import type { Durations } from '../measure.ts'
import type { Row } from '../row.ts'
import { type Spread, spreadOf, spreadText } from '../spread.ts'
import type { Load } from '../suite.ts'
import { markdownTable } from '../tables.ts'
import type { CompareQuestion } from './compare-program.ts'
import { type Worktree, withWorktrees } from './worktrees.ts'

export interface CompareBench {
  /** A commit, a branch or a tag. */
  readonly base: string
  readonly rounds: number
  readonly durations: Durations
  /** Only configurations whose names contain this. */
  readonly only: string | undefined
}

interface Compared {
  readonly name: string
  readonly config: string
  readonly load: Load
}

export interface Comparison {
  readonly name: string
  /** Calls per second, round by round. */
  readonly base: readonly number[]
  readonly here: readonly number[]
  /** Of each round, how many times as fast this state is. */
  readonly ratio: Spread
}

export interface CompareResult {
  readonly machine: MachineDescription
  readonly base: string
  readonly here: string
  readonly comparisons: readonly Comparison[]
}

const compared: readonly Compared[] = [
  of('memory-1p', 'command', 1),
  of('memory-1p', 'command', 64),
  of('memory-1p', 'command', 1024),
  of('files-1p', 'command', 64),
  of('files-1p', 'command', 1024),
  of('files-3p', 'command', 1),
  of('files-3p', 'command', 64),
  of('files-3p', 'command', 256),
  of('files-3p', 'command', 1024),
  of('files-3p', 'query', 64),
]

function of(config: string, op: Load['op'], concurrency: number): Compared {
  const read = op === 'query' ? 'index' : null
  return { name: `${config} ${op} 16 ${concurrency}.`, config, load: { op, read, size: 16, concurrency } }
}

export async function compare({ base, rounds, durations, only }: CompareBench): Promise<CompareResult> {
  const wanted = compared.filter(({ name }) => only === undefined || name.includes(only))
  const machine = describeMachine()
  return await withWorktrees(base, async (former, here) => {
    const comparisons: Comparison[] = []
    for (const { name, config, load } of wanted) {
      const rates = { base: [] as number[], here: [] as number[] }
      const both = [
        { worktree: former, into: rates.base },
        { worktree: here, into: rates.here },
      ]
      for (let round = 0; round < rounds; round++)
        // Neither always comes second.
        for (const { worktree, into } of round % 2 === 0 ? both : both.toReversed())
          into.push(await measure(worktree, { config, load, durations }))
      const ratio = spreadOf(rates.here.map((rate, i) => rate / rates.base[i]!))
      console.error(`${name} ${spreadText(ratio, 3)}`)
      comparisons.push({ name, ...rates, ratio })
    }
    return { machine, base: former.commit, here: here.commit, comparisons }
  })
}

async function measure(worktree: Worktree, question: CompareQuestion): Promise<number> {
  const program = new ChildHost({ program: worktree.program('compare/compare-program') })
  try {
    return ((await program.ask(question)) as Row).ops_per_s
  } finally {
    await program.kill()
  }
}

export function compareReport({ machine, base, here, comparisons }: CompareResult): string {
  const table = markdownTable(
    ['', 'times as fast', 'base, calls/s', 'here, calls/s'],
    comparisons.map((comparison) => [
      comparison.name,
      spreadText(comparison.ratio, 3),
      spreadText(spreadOf(comparison.base), 0),
      spreadText(spreadOf(comparison.here), 0),
    ]),
  )
  const rounds = comparisons[0]?.ratio.rounds ?? 0
  const what = `${here.slice(0, 10)} beside ${base.slice(0, 10)}, ${rounds} rounds; median (least–most).`
  return `${what} Measured ${machineText(machine)}.\n\n${table}\n`
}
