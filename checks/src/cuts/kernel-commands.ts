/** The programs that speak with the kernel: `ip`, `tc`, `nft`. */
import { spawn } from 'node:child_process'

export interface Said {
  readonly ok: boolean
  readonly output: string
  /** Why not, in the program's words. */
  readonly problem: string
}

/** Runs one, with these lines as its input. Never rejects: a program that is not there is one that fails. */
export function command(name: string, args: readonly string[], lines: readonly string[] = []): Promise<Said> {
  return new Promise((resolve) => {
    const child = spawn(name, args)
    let [output, errors] = ['', '']
    child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text))
    child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text))
    child.on('error', ({ message }) => resolve({ ok: false, output, problem: message }))
    child.on('close', (code) =>
      resolve({
        ok: code === 0,
        output,
        problem: `${name} ${args.join(' ')}: ${errors.trim() || `code ${code}`}`,
      }),
    )
    child.stdin.on('error', () => {})
    child.stdin.end(lines.map((line) => `${line}\n`).join(''))
  })
}
