/** `rafted bench`: how fast a running key-value store answers, seen from here. */
import { isRaftedError } from '@rafted/contracts'
import { realRandom } from '@rafted/contracts/node'
import { durationOf, wholeNumberOf } from '../arguments.ts'
import { closedLoop, type LoopResult } from '../bench/closed-loop.ts'
import { columns } from '../columns.ts'
import { type Call, type Command, type Option, Status } from '../command.ts'
import { connectionOptions, DEFAULT_GROUP } from '../connection/options.ts'
import { Interrupted } from '../interrupted.ts'
import { jsonLine } from '../json.ts'
import { type Store, withStore } from '../kv/store.ts'
import { Progress } from '../progress.ts'
import { counted, shownName } from '../shown.ts'
import type { Terminal } from '../terminal.ts'

const DEFAULTS = { callers: 16, forMs: 5000, bytes: 100, keys: 1000 } as const

const options: readonly Option[] = [
  {
    name: 'op',
    value: 'OP',
    choices: ['put', 'get', 'mixed'],
    text: 'put unless it is said; get; or mixed: one put, one get',
  },
  { name: 'callers', value: 'N', text: `that ask at a time; ${DEFAULTS.callers} unless it is said` },
  { name: 'for', value: 'TIME', text: 'how long; 5s unless it is said' },
  { name: 'calls', value: 'N', text: 'end after so many calls' },
  { name: 'bytes', value: 'N', text: `of a value; ${DEFAULTS.bytes} unless it is said` },
  { name: 'keys', value: 'N', text: `that are used; ${DEFAULTS.keys} unless it is said` },
  ...connectionOptions,
]

export const bench: Command = {
  name: 'bench',
  section: 'look after',
  summary: 'how fast a running key-value store answers, seen from here',
  text: `What it measures: from the call in this process to its answer, over one client, with the network between and the disks of a majority behind. A put is answered
when it is durable there. It is a closed loop: each caller asks for the next thing when it was answered, so a pause of the group counts once for each caller, and not once
for each call that would have come meanwhile; and with few callers it shows how long an answer takes, not how much the group can do. A
machine that runs hosts and this shows less than three machines do. It writes keys under rafted-bench/ and deletes them at the end: don't let it run
where others need the group.`,
  operands: [{ name: 'GROUP', optional: true, missing: '' }],
  options,
  examples: [
    ['--at a:7000', `puts into group ${DEFAULT_GROUP}, for five seconds`],
    ['orders --op mixed --callers 64 --for 30s --json', ''],
  ],
  statuses:
    'Where calls have failed: 1; which, is printed. Interrupted: what was measured until then is printed.',
  async run(call) {
    const { terminal, json } = call
    const group = call.operands[0] ?? (terminal.environment.RAFTED_GROUP || DEFAULT_GROUP)
    const what = {
      op: call.option('op') ?? 'put',
      callers: number(call, 'callers', 10_000) ?? DEFAULTS.callers,
      bytes: number(call, 'bytes', 1024 * 1024) ?? DEFAULTS.bytes,
      keys: number(call, 'keys', 1_000_000) ?? DEFAULTS.keys,
    }
    const limits = {
      forMs:
        durationOf('for', call.option('for')) ??
        (call.option('calls') === null ? DEFAULTS.forMs : Number.POSITIVE_INFINITY),
      calls: number(call, 'calls', Number.MAX_SAFE_INTEGER) ?? Number.POSITIVE_INFINITY,
    }
    const interrupted = terminal.interrupted()
    const run = async ({ store }: Store): Promise<Status> => {
      const result = await measured(terminal, store, { ...what, ...limits })
      await terminal.print(json ? jsonLine(reportOf(group, what, result)) : textOf(group, what, result))
      if (interrupted.aborted) throw new Interrupted(interrupted.reason)
      return Object.keys(result.failures).length === 0 ? Status.fine : Status.amiss
    }
    return await withStore(call, run, group)
  },
}

interface What {
  readonly op: string
  readonly callers: number
  readonly bytes: number
  readonly keys: number
}

function number(call: Call, name: string, most: number): number | null {
  return wholeNumberOf(name, call.option(name), [1, most])
}

async function measured(
  terminal: Terminal,
  store: Store['store'],
  { op, callers, bytes, keys, forMs, calls }: What & { readonly forMs: number; readonly calls: number },
): Promise<LoopResult> {
  const { clock } = terminal
  const own = store.in(`rafted-bench/${Buffer.from(realRandom.bytes(6)).toString('hex')}/`)
  const value = 'x'.repeat(bytes)
  const signal = terminal.interrupted()
  const progress = new Progress(terminal, 'asking')
  const put = (at: number): Promise<unknown> => own.put(String(at % keys), value)
  const get = (at: number): Promise<unknown> => own.get(String(at % keys))
  try {
    // What is to be read is there, and the connections and the session are: neither is measured.
    if (op === 'put') await put(0)
    else
      for (let at = 0; at < keys; at += 100)
        await Promise.all(Array.from({ length: Math.min(100, keys - at) }, (_, i) => put(at + i)))
    return await closedLoop({
      callers,
      forMs,
      calls,
      clock,
      signal,
      call: (at) => (op === 'get' || (op === 'mixed' && at % 2 === 1) ? get(at) : put(at)),
      progress: (done) => progress.tell(counted(done, 'call')),
    })
  } finally {
    progress.clear()
    await own.deleteRange({}).catch((error: unknown) => {
      // What was measured is told all the same.
      if (!isRaftedError(error)) throw error
      terminal.say(`Keys under ${own.prefix} could not be deleted: ${error.message}\n`)
    })
  }
}

function reportOf(group: string, what: What, { ms, latencies, failures }: LoopResult): object {
  const perSecond = ms === 0 ? 0 : latencies.count / (ms / 1000)
  return { group, ...what, ms: rounded(ms), perSecond: rounded(perSecond), latencies, failures }
}

function textOf(group: string, what: What, { ms, latencies, failures }: LoopResult): string {
  const { op, callers, bytes } = what
  const { count, mean, p50, p90, p99, p999, max } = latencies
  const perSecond = ms === 0 ? 0 : count / (ms / 1000)
  const rows = [
    [
      'answered',
      `${counted(count, 'call')} in ${(ms / 1000).toFixed(1)} s: ${Math.round(perSecond)} per second`,
    ],
    [
      'an answer took',
      `mean ${shownMs(mean)}, median ${shownMs(p50)}, 90 % ${shownMs(p90)}, 99 % ${shownMs(p99)}, 99.9 % ${shownMs(p999)}, at most ${shownMs(max)}`,
    ],
    ...Object.entries(failures).map(([code, times]) => ['failed', `${times} × ${code}`]),
  ]
  return `${op} of ${bytes} bytes in group ${shownName(group)}, ${counted(callers, 'caller')} that each wait for their answer\n${columns(rows.map(([head, text]) => [`  ${head}`, text!]))}`
}

function rounded(number: number): number {
  return Math.round(number * 100) / 100
}

function shownMs(ms: number): string {
  return `${ms < 10 ? ms.toFixed(2) : ms.toFixed(0)} ms`
}
