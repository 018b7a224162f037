/** `rafted` as it is typed, within this process. */
import type { Clock } from '@rafted/contracts'
import { nodeFileSystem } from '@rafted/storage'
import { run, type Terminal } from '../src/index.ts'

export interface Typed {
  readonly status: number
  /** What it printed, and what it said beside that. */
  readonly out: string
  readonly said: string
}

/** Time stands still, and nothing that waits for it happens. */
export const stillClock: Clock = {
  now: () => 0,
  wall: () => 0,
  after: () => () => {},
  soon: (run) => void Promise.resolve().then(run),
}

/** @param directory paths are relative to it. @param line words, or text that is cut where there are spaces. */
export async function typed(
  directory: string,
  line: string | readonly string[],
  terminal: Partial<Terminal> = {},
): Promise<Typed> {
  let out = ''
  let said = ''
  const status = await run(typeof line === 'string' ? line.split(' ').filter(Boolean) : line, {
    directory,
    clock: stillClock,
    files: nodeFileSystem(),
    environment: {},
    colours: false,
    watched: false,
    screen: null,
    async *input() {},
    interrupted: () => new AbortController().signal,
    print: async (text) => {
      out += text
    },
    say: (text) => {
      said += text
    },
    ...terminal,
  })
  return { status, out, said }
}

/** The one object that it prints with `--json`. */
export async function typedJson<T>(directory: string, line: string): Promise<T> {
  const { out } = await typed(directory, `${line} --json`)
  return JSON.parse(out) as T
}
