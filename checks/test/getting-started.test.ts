/**
 * docs/getting-started.md, followed word by word: its programs are written, its commands typed, and what they print is compared. Two
 * things differ: the packages come from tarballs of this repository, and the ports are free ones.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { freePorts } from '../src/endure/free-ports.ts'
import { installPacked, root } from './packed-packages.ts'

interface Block {
  readonly language: string
  readonly text: string
}

const place = mkdtempSync(join(tmpdir(), 'getting-started-'))

/** A shell in which the page is followed, and its other terminals. */
class Reader {
  #directory = place
  readonly #terminals = new Map<string, ChildProcess>()
  #printed = ''

  async follow({ language, text }: Block): Promise<void> {
    if (language === 'sh') {
      this.#printed = ''
      for (const line of text.trimEnd().split('\n')) await this.#type(line)
    } else if (language === 'text') {
      expect(this.#printed).toBe(text)
    } else {
      const [, name, program] = /^\/\/ (\S+)\n(.*)$/s.exec(text) ?? []
      // What is no file is shown, not run.
      if (name !== undefined) writeFileSync(join(this.#directory, name), program!)
    }
  }

  async close(): Promise<void> {
    await Promise.all([...this.#terminals.keys()].map((id) => this.#end(id, 'SIGKILL')))
  }

  async #type(line: string): Promise<void> {
    const [, ended] = /^# Ctrl-C in the terminal of (\w)$/.exec(line) ?? []
    const [, directory] = /^cd (.*)$/.exec(line) ?? []
    const [, id] = /^ID=(\w) /.exec(line) ?? []
    if (ended !== undefined) await this.#end(ended, 'SIGINT')
    else if (directory !== undefined) this.#directory = join(this.#directory, directory)
    else if (id !== undefined) await this.#terminal(id, line)
    else if (line === 'npm install rafted') installPacked(this.#directory, 'rafted')
    else this.#run(line)
  }

  #run(line: string): void {
    const { status, stdout, stderr } = spawnSync('sh', ['-c', line], {
      cwd: this.#directory,
      encoding: 'utf8',
    })
    expect(status, `${line}: ${stderr}`).toBe(0)
    this.#printed += stdout
  }

  /** Types a line in a terminal of its own, and waits for a line of output. */
  async #terminal(id: string, line: string): Promise<void> {
    const child = spawn('sh', ['-c', `exec env ${line}`], {
      cwd: this.#directory,
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    this.#terminals.set(id, child)
    const [output] = await Promise.race([once(child.stdout!, 'data'), once(child, 'exit').then(() => [''])])
    this.#printed += output
  }

  async #end(id: string, signal: 'SIGINT' | 'SIGKILL'): Promise<void> {
    const child = this.#terminals.get(id)!
    this.#terminals.delete(id)
    const exited = once(child, 'exit')
    child.kill(signal)
    await exited
  }
}

const reader = new Reader()
afterAll(async () => {
  await reader.close()
  rmSync(place, { recursive: true })
})

/** The page with ports that nobody listens on. All at once: the number of one may be a part of another. */
async function page(): Promise<string> {
  const free = await freePorts(3)
  const text = readFileSync(join(root, 'docs/getting-started.md'), 'utf8')
  return text.replaceAll(/700([123])/g, (_, which: string) => String(free[Number(which) - 1]))
}

test('the page leads to three processes that keep a value', async () => {
  const blocks = [...(await page()).matchAll(/^```(\w+)\n(.*?)^```$/gms)].map(
    ([, language, text]): Block => ({ language: language!, text: text! }),
  )
  const count = (language: string): number => blocks.filter((block) => block.language === language).length
  expect([count('sh'), count('text'), count('js')]).toEqual([6, 5, 5])
  for (const block of blocks) await reader.follow(block)
}, 120_000)
