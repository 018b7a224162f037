/** Runs a program of a workspace, and ends it where it goes on for too long without a word. */
import { spawn } from 'node:child_process'

export interface Ended {
  /** null if it was killed. */
  readonly code: number | null
  readonly lines: readonly string[]
  /** What it wrote beside that, the end of it. */
  readonly errors: string
  /** It was ended as it had said nothing for too long. */
  readonly hung: boolean
  /** It was ended as its time was over. */
  readonly late: boolean
}

export interface ChildOptions {
  readonly cwd: string
  readonly args: readonly string[]
  /** Without a line for this long it hangs, milliseconds. */
  readonly silenceMs: number
  /** It is ended after this long, milliseconds. */
  readonly limitMs: number
}

const KEPT_ERRORS = 4000

/** Process groups of those that run. */
const running = new Set<number>()
process.on('exit', () => {
  for (const group of running) kill(group)
})

function kill(group: number): void {
  try {
    process.kill(-group, 'SIGKILL')
  } catch {
    // It has ended by itself.
  }
}

export function runChild({ cwd, args, silenceMs, limitMs }: ChildOptions): Promise<Ended> {
  return new Promise((resolve, reject) => {
    // In a group of its own, so that what it has started ends with it.
    const child = spawn(process.execPath, [...args], {
      cwd,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      // Nothing is compiled in a copy.
      env: { ...process.env, RAFTED_COMPILED: '', CI: '1', NO_COLOR: '1' },
    })
    let output = ''
    let errors = ''
    let hung = false
    let late = false
    const group = child.pid
    if (group !== undefined) running.add(group)
    const end = (): void => {
      if (group !== undefined) kill(group)
    }
    const onSilence = (): void => {
      hung = true
      end()
    }
    let silence = setTimeout(onSilence, silenceMs)
    const limit = setTimeout(() => {
      late = true
      end()
    }, limitMs)
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text
      clearTimeout(silence)
      silence = setTimeout(onSilence, silenceMs)
    })
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      errors = `${errors}${text}`.slice(-KEPT_ERRORS)
    })
    child.on('error', reject)
    child.on('close', (code) => {
      // What it has started and left behind ends with it.
      end()
      if (group !== undefined) running.delete(group)
      clearTimeout(silence)
      clearTimeout(limit)
      resolve({ code, lines: output.split('\n').filter((line) => line !== ''), errors, hung, late })
    })
  })
}
