/** Which pages have programs, and who runs them. */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../../..', import.meta.url))

/** A fenced block of a page. */
export interface Block {
  readonly language: string
  readonly text: string
  /** Not marked `no-run`. */
  readonly isRun: boolean
}

export function blocksOf(page: string): Block[] {
  return [...page.matchAll(/^( *)```([a-z]*)([^\n]*)\n(.*?)^\1```$/gms)].map(
    ([, , language, marks, text]) => ({
      language: language!,
      text: text!,
      isRun: !marks!.includes('no-run'),
    }),
  )
}

export function isProgram({ language }: Block): boolean {
  return /^(ts|js|mts|mjs|typescript|javascript)$/.test(language)
}

const named = (directory: string, names: RegExp): string[] =>
  readdirSync(join(root, directory), { recursive: true, encoding: 'utf8' })
    .map((name) => `${directory}/${name.replaceAll('\\', '/')}`)
    .filter((path) => names.test(path) && !path.includes('/node_modules/'))

/** Every page that people read. What `docs/api` shows are declarations, and they are compared with those of the packages. */
export const allPages: readonly string[] = [
  ...['README.md', 'CONTRIBUTING.md', 'SECURITY.md', 'CODE_OF_CONDUCT.md', 'bench/README.md'],
  ...named('docs', /^docs\/(?!api\/).*\.md$/),
  ...named('packages', /^packages\/[^/]+\/README\.md$/),
  ...named('examples', /^examples\/[^/]+\/README\.md$/),
].sort()

/** Pages whose blocks are one program. */
export const followed: readonly string[] = [
  'docs/concepts.md',
  ...named('docs/guides', /\.md$/),
  ...named('docs/recipes', /\.md$/),
].sort()

export interface Programs {
  /** The tests that run them, by their names from the root. */
  readonly ranBy?: readonly string[]
  /** How many of the blocks nobody runs, and why. */
  readonly shown?: readonly [count: number, why: string]
  /** Each block is a program of its own; else they go on from each other. One that begins with `// name.js` is a file of that name anyway. */
  readonly isEachItsOwn?: true
  /** Why what is in JavaScript is not compiled: it is run all the same. */
  readonly unchecked?: string
  /** What the page takes for granted: it is compiled as if this stood at its beginning; a list: at that of each block in TypeScript. */
  readonly given?: string | readonly string[]
}

const host = "declare const host: import('rafted').Host\n"
const leadership = `${host}
declare function startWork(token: unknown): void
declare function stopWork(): void
`
const queue = `
declare const queue: import('rafted').ValueDefinition<
  { enqueue(item: string): number; dequeue(): string | null },
  { all(): readonly string[]; length(): number },
  never
>
`
const client = `${queue}declare const client: import('rafted').Client\n`
const literals = 'its plain objects stand for types that only TypeScript can name'

/** Every page that has programs. Those that are followed are told of themselves. */
export const catalogue: Readonly<Record<string, Programs>> = {
  ...Object.fromEntries(followed.map((page) => [page, { ranBy: ['checks/test/followed-pages.test.ts'] }])),
  'docs/guides/leader-election.md': {
    ranBy: ['checks/test/followed-pages.test.ts'],
    shown: [1, 'a loop that has no end, in a host that is there'],
    given: leadership,
  },
  'README.md': { ranBy: ['examples/queue/test/front-page.test.ts'] },
  'docs/dashboard.md': {
    shown: [2, 'fragments, in a host and with a client that are there'],
    isEachItsOwn: true,
    given: [host, "declare const client: import('rafted').Client\n"],
  },
  'docs/deploy.md': { ranBy: ['checks/test/page-programs.test.ts'] },
  'docs/errors.md': { ranBy: ['checks/test/errors-page.test.ts'], isEachItsOwn: true },
  'docs/fleet.md': {
    ranBy: ['checks/test/fleet-pages.test.ts', 'checks/test/packed.test.ts'],
    isEachItsOwn: true,
  },
  'docs/getting-started.md': {
    ranBy: ['checks/test/getting-started.test.ts'],
    shown: [1, 'what changes on three machines; security.md and deploy.md are tested'],
    isEachItsOwn: true,
    given: "import { openHost } from 'rafted'\nimport { queue } from './queue.js'\n",
  },
  'docs/machine-versions.md': { ranBy: ['checks/test/page-programs.test.ts'] },
  'docs/metrics.md': {
    ranBy: ['checks/test/metrics/pages.test.ts'],
    shown: [1, 'a fragment; the spans of calls have tests of their own'],
    given: `
import { openHost } from 'rafted-memory'
/** @type {import('rafted-memory').MemoryHostOptions} */
let options
/** @type {import('rafted-memory').AnyDefinition} */
let tally
`,
  },
  'docs/observing.md': {
    shown: [2, 'loops that have no end, in a host that is there'],
    given: `${leadership}
declare function warn(...what: unknown[]): void
declare function log(event: import('rafted').RaftedEvent): void
declare function count(event: import('rafted').RaftedEvent): void
`,
  },
  'docs/recovery.md': {
    ranBy: ['checks/test/page-programs.test.ts'],
    given: `${host}declare const orders: import('rafted').Machine\n`,
  },
  'docs/security.md': {
    ranBy: ['checks/test/tls/recipe.test.ts'],
    isEachItsOwn: true,
    unchecked: 'its second program goes on with a name of the first',
  },
  'docs/testing-your-machine.md': {
    shown: [1, 'examples/own-machine is that test, whole'],
    given: "declare const seats: import('rafted').Machine\n",
  },
  'docs/values.md': { ranBy: ['checks/test/values-page.test.ts'] },
  'docs/worker.md': { ranBy: ['checks/test/packed.test.ts'] },
  'packages/cli/README.md': { ranBy: ['packages/cli/test/readme.test.ts'] },
  'packages/client/README.md': {
    ranBy: ['packages/client/test/readme.test.ts'],
    shown: [4, 'fragments, in a client that is there'],
    isEachItsOwn: true,
    unchecked: literals,
    given: [
      `${queue}declare const transport: import('@rafted/contracts').Transport\ndeclare const signal: AbortSignal\n`,
      client,
      `${client}declare const error: import('rafted').RaftedError & { details: { id: import('rafted').CommandId } }\n`,
      `${queue}declare const jobs: import('rafted').ValueHandle<typeof queue>\ndeclare function rebuild(all: unknown): void\n`,
    ],
  },
  'packages/contracts/README.md': { ranBy: ['packages/contracts/test/readme.test.ts'] },
  'packages/core/README.md': { ranBy: ['checks/test/core-alone.test.ts'], unchecked: literals },
  'packages/dashboard/README.md': { ranBy: ['checks/test/packed.test.ts'] },
  'packages/fleet/README.md': { ranBy: ['checks/test/fleet-pages.test.ts'] },
  'packages/host/README.md': { ranBy: ['checks/test/packed.test.ts'] },
  'packages/metrics/README.md': { ranBy: ['checks/test/metrics/pages.test.ts'] },
  'packages/rafted-memory/README.md': { ranBy: ['checks/test/packed.test.ts'] },
  'packages/rafted-nats/README.md': { ranBy: ['checks/test/nats/readme.test.ts'] },
  'packages/rafted/README.md': { ranBy: ['packages/rafted/test/readme.test.ts'] },
  'packages/recipes/README.md': {
    shown: [1, 'the page of each recipe is followed'],
    given: host,
  },
  'packages/storage/README.md': { ranBy: ['packages/storage/test/readme.test.ts'], unchecked: literals },
  'packages/testing/README.md': {
    ranBy: ['packages/testing/test/readme.test.ts'],
    shown: [2, 'they need a program, and a place, of the reader'],
    isEachItsOwn: true,
    given: [
      ...new Array<string>(9).fill(''),
      `
import { logStoreSuite } from '@rafted/testing'
declare const makePlace: Parameters<typeof logStoreSuite>[0]
declare function test(name: string, run: () => Promise<void>): void
`,
    ],
  },
  'packages/transport-memory/README.md': { ranBy: ['packages/transport-memory/test/readme.test.ts'] },
  'packages/transport-nats/README.md': { ranBy: ['checks/test/nats/readme.test.ts'] },
  'packages/transport-tcp/README.md': { ranBy: ['packages/transport-tcp/test/readme.test.ts'] },
  'packages/wire/README.md': { ranBy: ['packages/wire/test/readme.test.ts'] },
}
