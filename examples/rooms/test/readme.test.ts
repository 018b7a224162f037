/**
 * README.md, followed word by word: its commands typed in terminals, what people type there typed, what they see awaited. Two things differ: ports are
 * free ones, and the files are in a fresh directory.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, onTestFailed, test } from 'vitest'
import { freePorts } from '../src/processes.ts'
import { compile } from './program.ts'

const pathOf = (relative: string): string => fileURLToPath(new URL(relative, import.meta.url))

beforeAll(compile, 120_000)

/** What was printed in one terminal; messages and news of who is there come from two streams, each in order. */
class Terminal {
  readonly process: ChildProcess
  readonly exited: Promise<unknown>
  isOver = false
  #output = ''
  readonly #read = { message: 0, news: 0 }

  constructor(line: string, directory: string, env: Readonly<Record<string, string>>) {
    this.process = spawn('sh', ['-c', `exec env ${line}`], {
      cwd: directory,
      env: { ...process.env, ...env },
      stdio: 'pipe',
    })
    this.exited = once(this.process, 'close').then(() => {
      this.isOver = true
      this.process.emit('news')
    })
    for (const stream of [this.process.stdout!, this.process.stderr!])
      stream.setEncoding('utf8').on('data', (text: string) => {
        this.#output += text
        this.process.emit('news')
      })
  }

  /** All it has printed so far. */
  get output(): string {
    return this.#output
  }

  type(line: string): void {
    this.process.stdin!.write(`${line}\n`)
  }

  /** The next line of its kind, which is waited for. */
  async next(kind: 'message' | 'news'): Promise<string> {
    for (;;) {
      const lines = this.#output.split('\n').slice(0, -1)
      const line = lines.filter((one) => kindOf(one) === kind)[this.#read[kind]]
      if (line !== undefined) {
        this.#read[kind]++
        return line
      }
      if (this.isOver) throw new Error(`ended, having printed:\n${this.#output}`)
      await once(this.process, 'news')
    }
  }
}

const kindOf = (line: string): 'message' | 'news' => (/^\d\d:\d\d /.test(line) ? 'message' : 'news')
/** Without what differs from one time to the next. */
const plain = (line: string): string => line.replace(/^\d\d:\d\d /, '').replace(/--from \d+$/, '--from N')

/** A block says whose terminal it shows; of hosts, each line does. */
const terminalOf = (text: string): string | undefined => /^(?:text|host) (\w+)/.exec(text)?.[1]

class Reader {
  readonly #directory = mkdtempSync(join(tmpdir(), 'rooms-readme-'))
  readonly #terminals = new Map<string, Terminal>()
  readonly #env: Readonly<Record<string, string>>
  #from = ''

  constructor(ports: readonly number[]) {
    this.#env = { HOSTS: ['a', 'b', 'c'].map((id, i) => `${id}=127.0.0.1:${ports[i]}`).join(',') }
    symlinkSync(pathOf('../dist'), join(this.#directory, 'dist'), 'junction')
  }

  async follow(language: string, text: string): Promise<void> {
    const lines = text.trimEnd().split('\n')
    if (language === 'sh') for (const line of lines) await this.#enter(line)
    else for (const line of lines) await this.see(terminalOf(language) ?? terminalOf(line)!, line)
  }

  /** What is to be seen in all terminals. */
  get screens(): string {
    return [...this.#terminals].map(([name, { output }]) => `terminal of ${name}:\n${output}`).join('\n')
  }

  async close(): Promise<void> {
    for (const { process, exited } of this.#terminals.values()) {
      process.kill('SIGKILL')
      await exited
    }
    rmSync(this.#directory, { recursive: true })
  }

  async #enter(line: string): Promise<void> {
    const [, key, id] = /^# Ctrl-([CD]) in the terminal of (\w+)$/.exec(line) ?? []
    if (id !== undefined) {
      const { process, exited } = this.#terminals.get(id)!
      if (key === 'C') process.kill('SIGINT')
      else process.stdin!.end()
      await exited
      return
    }
    const [, name] = /(?:ID|--name)[= ](\w+)/.exec(line) ?? []
    // Compiled already, and no clone is made.
    if (name === undefined) return
    const terminal = new Terminal(line.replace(/--from \d+/, this.#from), this.#directory, this.#env)
    this.#terminals.set(this.#terminals.get(name)?.isOver === false ? 'refused' : name, terminal)
  }

  async see(name: string, line: string): Promise<void> {
    const terminal = this.#terminals.get(name)!
    if (line.startsWith('> ')) {
      terminal.type(line.slice(2))
      return
    }
    const seen = await terminal.next(kindOf(line))
    this.#from = /--from \d+$/.exec(seen)?.[0] ?? this.#from
    expect(plain(seen), name).toBe(plain(line))
  }
}

let reader: Reader
beforeAll(async () => {
  reader = new Reader(await freePorts(3))
})
afterAll(() => reader.close())

test('the page leads to a chat that goes on when a process ends', async () => {
  onTestFailed(() => console.log(reader.screens))
  const page = readFileSync(pathOf('../README.md'), 'utf8')
  const blocks = [...page.matchAll(/^```(\w[^\n]*)\n(.*?)^```$/gms)]
  expect(blocks).toHaveLength(20)
  for (const [, language, text] of blocks) await reader.follow(language!, text!)
  await reader.see('a', 'host a runs')
}, 120_000)
