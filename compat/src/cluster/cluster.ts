/** Hosts of different builds, each a process with its directory, in one cluster. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { MemberStatus } from '@rafted/wire'
import type { Build } from '../builds/build.ts'
import { Child } from './child.ts'
import { freeAddresses } from './ports.ts'
import { until } from './until.ts'

const SECRET = 'what all processes of a run know'
const CLUSTER = 'compat'

export class Cluster {
  readonly ids: readonly string[]
  readonly #addresses: ReadonlyMap<string, string>
  readonly #directory = mkdtempSync(join(tmpdir(), 'rafted-compat-'))
  readonly #hosts = new Map<string, Child>()
  readonly #all = new Set<Child>()

  private constructor(addresses: ReadonlyMap<string, string>) {
    this.ids = [...addresses.keys()]
    this.#addresses = addresses
  }

  /** @param ids of all hosts that may be there. None runs yet. */
  static async of(ids: readonly string[]): Promise<Cluster> {
    const addresses = await freeAddresses(ids.length)
    return new Cluster(new Map(ids.map((id, i) => [id, addresses[i]!])))
  }

  /** Those that run. */
  get running(): readonly string[] {
    return [...this.#hosts.keys()]
  }

  host(id: string): Child {
    return this.#hosts.get(id)!
  }

  directoryOf(id: string): string {
    return join(this.#directory, id)
  }

  /** Starts a host on what its directory holds. @throws {Refused} what the build says. */
  async start(id: string, build: Build): Promise<Child> {
    const listen = this.#addresses.get(id)!
    const child = this.#child(build, { id, listen, dir: this.directoryOf(id) })
    try {
      await child.start()
    } catch (error) {
      await this.#end(child, 'kill')
      throw error
    }
    this.#hosts.set(id, child)
    return child
  }

  async client(build: Build): Promise<Child> {
    const child = this.#child(build, null)
    await child.start()
    return child
  }

  #child(build: Build, host: { id: string; listen: string; dir: string } | null): Child {
    const addresses = [...this.#addresses.values()]
    const child = new Child(build, { cluster: CLUSTER, secret: SECRET, addresses, host })
    this.#all.add(child)
    return child
  }

  async stop(id: string, how: 'close' | 'kill' = 'close'): Promise<void> {
    const child = this.host(id)
    this.#hosts.delete(id)
    await this.#end(child, how)
  }

  async #end(child: Child, how: 'close' | 'kill'): Promise<void> {
    this.#all.delete(child)
    await child[how]()
  }

  /** Ends a host as an update or a crash does, starts it with that build, and waits until it counts again. */
  async replace(id: string, build: Build, how: 'close' | 'kill' = 'close'): Promise<void> {
    await this.stop(id, how)
    await this.start(id, build)
    await this.caughtUp(id)
  }

  /** Resolves once the member there votes, knows a leader, and has applied what that had committed. */
  async caughtUp(id: string): Promise<void> {
    await until(`"${id}" counts`, async () => {
      const leader = await this.leader()
      if (leader === null) return false
      const wanted = (await this.host(leader).status())!.commitIndex
      await until(`"${id}" has applied ${wanted}`, async () => {
        const status = await this.host(id).status()
        return status !== null && status.appliedIndex >= wanted && votes(status)
      })
      return true
    })
  }

  /** The host whose member leads, as it says itself, and as a majority does; null if there is none now. */
  async leader(): Promise<string | null> {
    const statuses = await Promise.all(
      this.running.map(async (id) => [id, await this.host(id).status()] as const),
    )
    const leading = statuses.filter(([, status]) => status?.role === 'leader')
    const [newest] = leading.sort(([, a], [, b]) => b!.term - a!.term)
    return newest?.[0] ?? null
  }

  async close(): Promise<void> {
    await Promise.all([...this.#all].map((child) => this.#end(child, 'kill')))
    rmSync(this.#directory, { recursive: true, force: true, maxRetries: 10 })
  }
}

function votes({ member, configuration }: MemberStatus): boolean {
  return configuration?.configuration.voters.some(({ id }) => id === member) === true
}
