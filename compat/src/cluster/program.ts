/**
 * What a process of the mixed cluster runs: a host, or a client that adds to a list, by the build that it is given. It takes nothing from this repository but
 * that build, so that each process has one version of everything.
 */
import { createHash } from 'node:crypto'

/** What a process is started with. */
export interface Setup {
  /** The module of `rafted` that it runs. */
  readonly module: string
  readonly cluster: string
  readonly secret: string
  /** Addresses of all hosts that may be there. */
  readonly addresses: readonly string[]
  /** Of a host; null for a client. */
  readonly host: { readonly id: string; readonly listen: string; readonly dir: string } | null
}

export type Question =
  | { readonly ask: 'start' | 'create' | 'status' | 'hold' | 'leave' | 'close' | 'events' }
  | { readonly ask: 'add'; readonly items: readonly string[] }
  | { readonly ask: 'all' }

/** What can be told of an error in another process. */
export interface Failure {
  readonly code: string
  readonly outcome: string | null
  readonly message: string
}

/** How an item came out: acknowledged, with the place that it took, or not. */
export type Outcome =
  | { readonly item: string; readonly place: number }
  | ({ readonly item: string } & Failure)

/** What a member holds. */
export interface Held {
  readonly index: number
  readonly items: number
  readonly hash: string
}

const GROUP = 'list'
/** Small, so that snapshots are frequent: what one build writes the other one has to go on from. */
const SETTINGS = { heartbeatMs: 50, electionMs: 400, snapshotMinBytes: 16_384, snapshotFactor: 1 }

const setup = JSON.parse(process.argv[2]!) as Setup
// biome-ignore lint/suspicious/noExplicitAny: another build may have other types.
const rafted = (await import(setup.module)) as any
const { cluster, secret, addresses } = setup

/** A list to which items are added, each of which is answered by its place. */
const list = rafted.defineValue({
  init: () => [] as readonly string[],
  commands: { add: (value: readonly string[], item: string) => [value.length, [...value, item]] },
  queries: { all: (value: readonly string[]) => value },
})

const TOLD: ReadonlySet<string> = new Set([
  'join',
  'refused-batch',
  'member-stopped',
  'feature-level',
  'transport',
])
const events: { kind: string; what?: string; code?: string }[] = []
const observer = {
  event({ kind, what, error }: { kind: string; what?: string; error?: { code?: string } }) {
    if (TOLD.has(kind)) events.push({ kind, ...(what && { what }), ...(error?.code && { code: error.code }) })
    if (events.length > 1000) events.splice(0, 500)
  },
}

// biome-ignore lint/suspicious/noExplicitAny: another build may have other types.
let host: any = null
// biome-ignore lint/suspicious/noExplicitAny: another build may have other types.
let client: any = null

async function answer(question: Question): Promise<unknown> {
  switch (question.ask) {
    case 'start': {
      if (setup.host === null) {
        client = await rafted.createClient({ cluster, addresses, secret })
        return null
      }
      host = await rafted.openHost({ ...setup.host, cluster, secret, observer })
      await host.group(GROUP, { machine: list, join: addresses, settings: SETTINGS })
      return null
    }
    case 'create':
      return await host.createGroup(GROUP, { machine: list, settings: SETTINGS, unreachable: 'checked' })
    case 'status':
      return host.status(GROUP)
    case 'hold':
      return await held()
    case 'leave':
      return await host.leave(GROUP)
    case 'events':
      return events
    case 'close':
      return await (host ?? client)?.close()
    case 'add':
      return await Promise.all(question.items.map(add))
    case 'all':
      return await client.value(GROUP, list).with({ timeoutMs: 60_000 }).all()
  }
}

/** By what the member here has applied. */
async function held(): Promise<Held> {
  const items = (await host.value(GROUP, list).with({ read: 'stale' }).all()) as readonly string[]
  const hash = createHash('sha256').update(JSON.stringify(items)).digest('hex')
  return { index: host.status(GROUP)?.appliedIndex ?? 0, items: items.length, hash }
}

async function add(item: string): Promise<Outcome> {
  try {
    return { item, place: await client.value(GROUP, list).with({ timeoutMs: 60_000 }).add(item) }
  } catch (error) {
    return { item, ...failureOf(error) }
  }
}

function failureOf(error: unknown): Failure {
  const { code = 'none', outcome = null, message } = error as Partial<Failure> & { message: string }
  return { code, outcome, message: String(message) }
}

process.on('message', ({ id, question }: { id: number; question: Question }) => {
  answer(question).then(
    (given) => process.send?.({ id, answer: given ?? null }),
    // What it says of itself goes as it is: errors of other builds are none of this one's classes.
    (error: unknown) => process.send?.({ id, answer: { failure: failureOf(error) } }),
  )
})
process.on('disconnect', () => process.exit(0))
