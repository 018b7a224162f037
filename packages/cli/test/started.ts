/** `rafted start` and other commands that go on until they are ended, within this process. */
import { realClock } from '@rafted/contracts/node'
import { onTestFinished } from 'vitest'
import type { Terminal } from '../src/index.ts'
import { freePorts } from './free-ports.ts'
import { type Typed, typed } from './typed.ts'

export interface Going {
  /** Resolves with what has been printed once that is so; rejects if it ends before. */
  printed(isSo: (out: string) => boolean): Promise<string>
  /** Lines of the log so far. */
  log(): Record<string, unknown>[]
  /** Ends it, as Ctrl-C does. Doing it twice is doing it once. */
  end(signal?: string): Promise<Typed>
  /** How it has ended by itself. */
  readonly ended: Promise<Typed>
}

/** @param directory paths are relative to it. */
export function going(
  directory: string,
  line: string | readonly string[],
  terminal: Partial<Terminal> = {},
): Going {
  const controller = new AbortController()
  let out = ''
  let said = ''
  let look = (): void => {}
  const ended = typed(directory, line, {
    clock: realClock,
    interrupted: () => controller.signal,
    print: async (text) => {
      out += text
      look()
    },
    say: (text) => {
      said += text
    },
    ...terminal,
  }).then(({ status }) => ({ status, out, said }))
  const end = async (signal = 'SIGINT'): Promise<Typed> => {
    controller.abort(signal)
    return await ended
  }
  onTestFinished(async () => void (await end().catch(() => {})))
  return {
    ended,
    end,
    log: () =>
      said
        .split('\n')
        .filter((text) => text.startsWith('{'))
        .map((text) => JSON.parse(text)),
    printed: (isSo) =>
      Promise.race([
        new Promise<string>((resolve) => {
          look = () => {
            if (isSo(out)) resolve(out)
          }
          look()
        }),
        ended.then(({ status }) => {
          throw new Error(`it ended with ${status}: ${out}${said}`)
        }),
      ]),
  }
}

/** A host with these groups, created. @returns the address. */
export async function hostWith(directory: string, groups: readonly string[]): Promise<string> {
  const [port] = await freePorts(1)
  const at = `127.0.0.1:${port}`
  const host = going(directory, [
    ...['start', '--id', 'a', '--dir', 'data/a', '--listen', at, '--log', 'silent'],
    ...groups.flatMap((group) => ['--group', group]),
  ])
  await host.printed((out) => out.includes('runs at'))
  for (const group of groups) {
    const { status, said } = await typed(directory, ['init', group.split('=')[0]!, '--at', at], {
      clock: realClock,
    })
    if (status !== 0) throw new Error(said)
  }
  return at
}
