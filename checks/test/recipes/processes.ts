/** Three hosts in processes of their own, which speak TCP, for tests that kill and stop them. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { answerQuestions, ChildHost } from '@rafted/testing'
import { type GroupSettings, type Host, type Machine, openHost } from 'rafted'
import { freePorts } from '../../src/endure/free-ports.ts'
import { until } from '../../src/until.ts'
import { typescript } from '../compiled.ts'

const ids = ['a', 'b', 'c']
const usual: Partial<GroupSettings> = { heartbeatMs: 60, electionMs: 400 }

export class Processes {
  readonly #children = new Map<string, ChildHost>()
  readonly #directory = mkdtempSync(join(tmpdir(), 'rafted-recipes-'))
  readonly #program: URL
  readonly #env: Readonly<Record<string, string>>
  readonly addresses: readonly string[]

  private constructor(program: URL, addresses: readonly string[], env: Readonly<Record<string, string>>) {
    this.#program = program
    this.#env = env
    this.addresses = addresses
  }

  /** Resolves when all of them vote. @param program made with `recipeProgram`. @param env what else it is told. */
  static async start(program: URL, env: Readonly<Record<string, string>> = {}): Promise<Processes> {
    const all = new Processes(
      program,
      (await freePorts(ids.length)).map((port) => `127.0.0.1:${port}`),
      env,
    )
    for (const id of ids) all.#start(id)
    await Promise.all(ids.map((id) => all.ask(id, 'voters')))
    await all.ask('a', 'create')
    await until(async () =>
      (await Promise.all(ids.map((id) => all.ask(id, 'voters')))).every((count) => count === ids.length),
    )
    return all
  }

  #start(id: string): void {
    const LISTEN = this.addresses[ids.indexOf(id)]!
    const env = {
      ...this.#env,
      ID: id,
      LISTEN,
      JOIN: this.addresses.join(','),
      DIR: join(this.#directory, id),
    }
    this.#children.set(id, new ChildHost({ program: this.#program, env, execArgv: [...typescript] }))
  }

  /** It is started again, and resolves when it runs. */
  async revive(id: string): Promise<void> {
    this.#start(id)
    await this.ask(id, 'voters')
  }

  /** Those that run. */
  get ids(): string[] {
    return [...this.#children.keys()]
  }

  ask(id: string, name: string, ...args: unknown[]): Promise<unknown> {
    return this.#children.get(id)!.ask([name, ...args])
  }

  async leader(): Promise<string> {
    let leader: string | undefined
    await until(async () => {
      const leads = await Promise.all(this.ids.map((id) => this.ask(id, 'leads')))
      leader = this.ids.find((_, at) => leads[at] === true)
      return leader !== undefined
    })
    return leader!
  }

  /** What processes have written beside their directories, into files with this ending; those that were killed, too. */
  files(ending: string): string[] {
    const paths = ids.map((id) => join(this.#directory, `${id}${ending}`))
    return paths.filter((path) => existsSync(path)).map((path) => readFileSync(path, 'utf8'))
  }

  async kill(id: string): Promise<void> {
    const child = this.#children.get(id)!
    this.#children.delete(id)
    await child.kill()
  }

  stop(id: string): void {
    this.#children.get(id)!.signal('SIGSTOP')
  }

  goOn(id: string): void {
    this.#children.get(id)!.signal('SIGCONT')
  }

  async end(): Promise<void> {
    await Promise.all(this.ids.map((id) => this.kill(id)))
    rmSync(this.#directory, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 })
  }
}

type Answers = Readonly<Record<string, (...args: never[]) => unknown>>

/** In the program of a process: opens the host, and answers what the test asks. */
export function recipeProgram(
  group: string,
  machine: Machine,
  answersOf: (host: Host) => Answers,
  more: Partial<GroupSettings> = {},
): void {
  const settings = { ...usual, ...more }
  const { ID: id = '', LISTEN: listen = '', JOIN = '', DIR: dir = '' } = process.env
  const opened = openHost({ id, cluster: 'recipes', listen, dir }).then(async (host) => {
    await host.group(group, { machine, join: JOIN.split(','), settings })
    const answers: Answers = {
      voters: () => host.status(group)?.configuration?.configuration.voters.length ?? 0,
      leads: () => host.status(group)?.role === 'leader',
      create: () => host.createGroup(group, { machine, settings }),
      ...answersOf(host),
    }
    return answers
  })
  answerQuestions(async (question) => {
    const [name, ...args] = question as [string, ...never[]]
    return (await opened)[name]!(...args)
  })
}
