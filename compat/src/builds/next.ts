/**
 * A next version, as it could be: it reads one version of the wire more, and knows a kind of entry that the working tree doesn't. A copy of the sources with a few texts
 * changed; each must stand there exactly once.
 */
import { cpSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Build } from './build.ts'
import { root, sourceBuild } from './sources.ts'

type Edit = readonly [file: string, find: string, replace: string]

const edits: readonly Edit[] = [
  ['wire/src/envelope.ts', '= [1, 1]\n', '= [1, 2]\n'],
  ['core/src/entry.ts', '  lease: 6,\n', '  lease: 6,\n  note: 7,\n'],
  ['wire/src/entry-codec.ts', '= EntryKind.lease\n', '= EntryKind.note\n'],
  ['storage/src/files/log-walk.ts', 'LAST_KIND: EntryKind = 6\n', 'LAST_KIND: EntryKind = 7\n'],
  ['host/src/backup/layout.ts', 'const LAST_KIND = 6\n', 'const LAST_KIND = 7\n'],
  // A leader of level 2 makes such an entry once in each of its terms.
  [
    'host/src/leading.ts',
    "import type { Core } from '@rafted/core'\n",
    "import { type Core, EntryKind } from '@rafted/core'\nimport { UnaskedEntry } from './unasked-entry.ts'\n",
  ],
  [
    'host/src/leading.ts',
    'export class Leading {\n',
    'const notedIn = new WeakMap<Core, number>()\n\nexport class Leading {\n  readonly #options: LeadingOptions\n',
  ],
  [
    'host/src/leading.ts',
    '    this.#time = new TimeEntries(options)\n',
    '    this.#time = new TimeEntries(options)\n    this.#options = options\n',
  ],
  [
    'host/src/leading.ts',
    '    if (leads) this.#risings.ask(state, now)\n  }\n',
    `    if (!leads) return
    this.#risings.ask(state, now)
    this.#note(state, now)
  }

  #note({ settings }: ReplicatedState, now: number): void {
    const { core, tail } = this.#options
    const { term } = core.standing
    if (settings.featureLevel < 2 || notedIn.get(core) === term) return
    const entry = new UnaskedEntry(core, tail, EntryKind.note)
    if (entry.make(new Uint8Array([1]), now)) notedIn.set(core, term)
  }
`,
  ],
]

/** Of the texts that are changed, those that don't stand exactly once in the working tree. */
export function missing(): readonly string[] {
  return edits
    .filter(([file, find]) => readFileSync(join(root, 'packages', file), 'utf8').split(find).length !== 2)
    .map(([file, find]) => `${file}: ${find}`)
}

/** Makes it. `remove` it when it is not needed any more. */
export function makeNextBuild(): { readonly build: Build; remove(): void } {
  const lacking = missing()
  if (lacking.length > 0)
    throw new Error(`These don't stand once where they are changed:\n${lacking.join('\n')}`)
  const at = realpathSync(mkdtempSync(join(tmpdir(), 'rafted-next-')))
  const filter = (from: string): boolean => !/[\\/](dist|test)$/.test(from)
  // The links between the packages are relative: in the copy they lead to the copy.
  cpSync(join(root, 'packages'), join(at, 'packages'), { recursive: true, verbatimSymlinks: true, filter })
  symlinkSync(join(root, 'node_modules'), join(at, 'node_modules'))
  for (const [file, find, replace] of edits) {
    const path = join(at, 'packages', file)
    writeFileSync(
      path,
      readFileSync(path, 'utf8').replace(find, () => replace),
    )
  }
  const remove = (): void => rmSync(at, { recursive: true, force: true })
  return { build: sourceBuild('next', at), remove }
}
