/** Three hosts on simulated disks, which hold so many groups, all led by the first, and a client beside them, over a network in memory: in one thread, on virtual time, from one seed. */
import { type Client, openClient } from '@rafted/client'
import { type Host, openHost } from '@rafted/host'
import { openFileStorage } from '@rafted/storage'
import { SeededRandom, SimulatedFileSystem } from '@rafted/testing'
import { memoryNetwork } from '@rafted/transport-memory'
import type { ValueHandle } from 'rafted'
import { cell } from '../../src/cell.ts'
import { Counts, countedFiles, countedLogs, countedTransport } from './counted-seams.ts'
import { VirtualClock } from './virtual-clock.ts'

const cluster = 'costs'
const ids = ['a', 'b', 'c']
/** What a flush takes: what arrives meanwhile goes with the next. */
const FLUSH_MS = 1
const NOTHING = { minMs: 0, maxMs: 0 }

export class CountedCluster {
  readonly counts = new Counts()
  readonly #clock = new VirtualClock()
  readonly #random = new SeededRandom(1)
  readonly #network = memoryNetwork({ clock: this.#clock })
  readonly #hosts: Host[] = []
  #client!: Client
  #handles!: readonly ValueHandle<typeof cell>[]

  static async open(groups: number): Promise<CountedCluster> {
    const made = new CountedCluster()
    const names = Array.from({ length: groups }, (_, i) => `cell-${i}`)
    await made.#clock.until(made.#open(names))
    return made
  }

  async #open(names: readonly string[]): Promise<void> {
    for (const [i, id] of ids.entries()) this.#hosts.push(await this.#openHost(id, i))
    const [first, ...others] = this.#hosts
    for (const name of names) {
      await first!.createGroup(name, { machine: cell })
      for (const host of others) await host.group(name, { machine: cell, join: ['a'] })
    }
    const transport = countedTransport(
      this.#network.transport({ name: 'client', role: 'client' }),
      this.counts,
    )
    const seams = { clock: this.#clock, random: this.#random }
    this.#client = await openClient({ transport, cluster, name: 'client', addresses: ids, ...seams })
    this.#handles = names.map((name) => this.#client.value(name, cell))
    const votersOf = (name: string): number =>
      first!.status(name)?.configuration?.configuration.voters.length ?? 0
    while (names.some((name) => votersOf(name) < ids.length))
      await new Promise<void>((resolve) => this.#clock.after(10, resolve))
    await Promise.all(this.#handles.map((handle) => handle.put(new Uint8Array(0))))
  }

  async #openHost(id: string, seed: number): Promise<Host> {
    const clock = this.#clock
    const seams = { clock, random: this.#random }
    const sync = { minMs: FLUSH_MS, maxMs: FLUSH_MS }
    const disk = new SimulatedFileSystem({
      seed,
      clock,
      delays: { sync, write: NOTHING, other: NOTHING },
      directories: ['/data'],
    })
    const { files, machine } = disk.mount()
    const fileSystem = countedFiles(files, this.counts)
    const options = { path: '/data/host', cluster, host: id, fileSystem, machine, ...seams }
    const { logs, snapshots } = await openFileStorage(options)
    const transport = countedTransport(this.#network.transport({ name: id, role: 'peer' }), this.counts)
    const stores = { logs: countedLogs(logs, this.counts), snapshots }
    return await openHost({ id, cluster, transport, ...stores, durable: true, ...seams })
  }

  /** So many commands of `bytes` each, to the groups in turn, so many under way at any time; counts begin with them. */
  async run(commands: number, concurrency: number, bytes: number): Promise<void> {
    const payload = new Uint8Array(bytes).fill(0x61)
    let left = commands
    const loop = async (): Promise<void> => {
      while (left-- > 0) await this.#handles[left % this.#handles.length]!.put(payload)
    }
    this.counts.reset()
    await this.#clock.until(Promise.all(Array.from({ length: concurrency }, loop)))
  }

  async close(): Promise<void> {
    await this.#clock.until(this.#client.close())
    await this.#clock.until(Promise.all(this.#hosts.map((host) => host.close())))
  }
}
