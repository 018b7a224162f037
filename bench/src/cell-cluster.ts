/** Hosts with a cell, each a process on loopback TCP and on files of its own, and a client of them in this process. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ChildHost } from '@rafted/testing'
import { type Client, createClient, type MemberStatus, type ValueHandle } from 'rafted'
import { cell } from './cell.ts'
import type { CellQuestion, HostMemory, LocalQueries } from './cell-host.ts'
import { freePorts } from './free-ports.ts'
import { moduleHere } from './here.ts'
import type { Figures } from './measure.ts'
import { until } from './until.ts'

export class CellCluster {
  readonly client: Client
  readonly handle: ValueHandle<typeof cell>
  readonly addresses: readonly string[]
  readonly #directory: string
  readonly #hosts: ChildHost[] = []

  private constructor(directory: string, addresses: readonly string[], client: Client) {
    this.#directory = directory
    this.addresses = addresses
    this.client = client
    this.handle = client.value('cell', cell)
  }

  /** Resolves when every host is a voter. @param size bytes of the value. */
  static async open(hosts: number, size: number): Promise<CellCluster> {
    const directory = await mkdtemp(join(tmpdir(), 'rafted-bench-'))
    const addresses = (await freePorts(hosts)).map((port) => `127.0.0.1:${port}`)
    const client = await createClient({ cluster: 'bench', addresses })
    const cluster = new CellCluster(directory, addresses, client)
    try {
      for (const i of addresses.keys()) cluster.#start(i)
      await Promise.all(cluster.#hosts.map((host) => ask(host, 'ready')))
      await client.createGroup('cell', { at: addresses[0]! })
      await cluster.handle.put(new Uint8Array(size))
      await cluster.#allVote()
      return cluster
    } catch (error) {
      await cluster.#end()
      throw error
    }
  }

  async #allVote(): Promise<void> {
    for (let voters = 0; voters < this.addresses.length; ) {
      const status = await this.client.status('cell')
      voters = status?.configuration?.configuration.voters.length ?? 0
    }
  }

  #start(i: number): void {
    const id = `host-${i}`
    const args = [id, this.addresses[i]!, join(this.#directory, id), ...this.addresses]
    this.#hosts[i] = new ChildHost({ program: moduleHere('cell-host'), args })
  }

  get pids(): readonly number[] {
    return this.#hosts.map(({ pid }) => pid)
  }

  /** The place among the hosts of the one that leads. Waits until one does. */
  async leader(): Promise<number> {
    let place = -1
    await until(async () => {
      const { leader } = await this.client.locate('cell')
      place = leader === null ? -1 : this.addresses.indexOf(leader)
      return place !== -1
    })
    return place
  }

  kill(i: number): Promise<void> {
    return this.#hosts[i]!.kill()
  }

  stop(i: number): void {
    this.#hosts[i]!.signal('SIGSTOP')
  }

  goOn(i: number): void {
    this.#hosts[i]!.signal('SIGCONT')
  }

  /** Starts a host that was killed, on what it has on its disk. Resolves when it has joined its group again. */
  async restart(i: number): Promise<void> {
    this.#start(i)
    await ask(this.#hosts[i]!, 'ready')
  }

  /** Resolves when the member of this host has applied all that is committed at this moment. */
  async caughtUp(i: number): Promise<void> {
    const { commitIndex } = (await this.client.status('cell'))!
    await until(async () => ((await this.status(i))?.appliedIndex ?? 0) >= commitIndex)
  }

  async status(i: number): Promise<MemberStatus | null> {
    return (await ask(this.#hosts[i]!, 'status')) as MemberStatus | null
  }

  async memory(i: number): Promise<HostMemory> {
    return (await ask(this.#hosts[i]!, 'memory')) as HostMemory
  }

  /** Queries that this host's own process calls. */
  async queries(i: number, queries: LocalQueries): Promise<Figures> {
    return (await ask(this.#hosts[i]!, { queries })) as Figures
  }

  async close(): Promise<void> {
    // Whoever is stopped would not hear that it is to close.
    for (const host of this.#hosts) host.signal('SIGCONT')
    await this.client.close()
    await Promise.all(this.#hosts.map((host) => ask(host, 'close').catch(() => {})))
    await this.#end()
  }

  async #end(): Promise<void> {
    await this.client.close()
    await Promise.all(this.#hosts.map((host) => host.kill()))
    await rm(this.#directory, { recursive: true, force: true })
  }
}

function ask(host: ChildHost, question: CellQuestion): Promise<unknown> {
  return host.ask(question)
}
