/**
 * A network of the kernel's own: each place is a network namespace with one line (a pair of veths) to a router, which is a namespace, too, and drops
 * what is cut between two places. Nothing of it is in the machine's own network, so that removing the namespaces removes all.
 */
import { existsSync } from 'node:fs'
import type { Place } from '../endure/programs.ts'
import type { Wires } from '../endure/wires.ts'
import { command, type Said } from './kernel-commands.ts'
import { type LineMeans, lineMeans } from './lines.ts'
import { FAIR, type Network, type PlaceNumber, type Weather } from './weather.ts'

const PREFIX = 'rafted-cuts-'
const PORT = 7000
/** Nobody routes it, and it is seen nowhere but in these namespaces. */
const NET = '10.231'

/** What another process needs to know of them. */
export interface NamespacesData {
  readonly router: string
  readonly names: readonly string[]
}

export class Namespaces implements Network, Wires {
  readonly addresses: readonly string[]
  /** Addresses other than the loopback's need one. */
  readonly secret = 'what the hosts of a run know'
  readonly #data: NamespacesData
  #means: LineMeans | null = null
  #weather: Weather = FAIR

  constructor(data: NamespacesData) {
    this.#data = data
    this.addresses = data.names.slice(0, -1).map((_, at) => `${hostAt(at)}:${PORT}`)
  }

  /** Makes them, for so many hosts and the clients. Rejects where that is not allowed, or not possible. */
  static async make(hosts: number): Promise<NamespacesData> {
    await removeLeftOvers()
    const own = (label: string): string => `${PREFIX}${process.pid}-${label}`
    const places = Array.from({ length: hosts + 1 }, (_, at) => at)
    const data = { router: own('router'), names: places.map((at) => own(at === hosts ? 'clients' : `${at}`)) }
    try {
      await done(
        command(
          'ip',
          ['-batch', '-'],
          [data.router, ...data.names].map((name) => `netns add ${name}`),
        ),
      )
      const router = places.flatMap((at) => [
        `link add h${at} type veth peer name eth0 netns ${data.names[at]}`,
        `address add ${NET}.${at + 1}.1/24 dev h${at}`,
        `link set h${at} up`,
      ])
      await done(command('ip', ['-n', data.router, '-batch', '-'], router))
      await Promise.all(
        places.map((at) =>
          done(
            command(
              'ip',
              ['-n', data.names[at]!, '-batch', '-'],
              [
                'link set lo up',
                `address add ${hostAt(at)}/24 dev eth0`,
                'link set eth0 up',
                `route add default via ${NET}.${at + 1}.1`,
              ],
            ),
          ),
        ),
      )
      const forward = 'echo 1 > /proc/sys/net/ipv4/ip_forward'
      await done(command('ip', ['netns', 'exec', data.router, 'sh', '-c', forward]))
      return data
    } catch (error) {
      await Namespaces.remove(data)
      throw error
    }
  }

  /** Of these, those that are there. */
  static async remove({ router, names }: NamespacesData): Promise<void> {
    for (const name of [router, ...names]) await command('ip', ['netns', 'delete', name])
  }

  /** Looks what this kernel can do to a line. */
  async prepare(): Promise<void> {
    this.#means = await lineMeans(this.#data)
  }

  get means(): string {
    return `namespaces: cuts both ways and one way; lines: ${this.#means?.name ?? 'not looked at'}`
  }

  place(at: PlaceNumber): Place {
    return { through: ['ip', 'netns', 'exec', this.#data.names[at]!] }
  }

  async set(weather: Weather): Promise<void> {
    const before = this.#weather
    this.#weather = weather
    const rule = (what: 'add' | 'delete', from: number, to: number): string =>
      `rule ${what} from ${NET}.${from + 1}.0/24 to ${NET}.${to + 1}.0/24 blackhole`
    const rules = [
      ...before.cuts.map(({ from, to }) => rule('delete', from, to)),
      ...weather.cuts.map(({ from, to }) => rule('add', from, to)),
    ]
    if (rules.length > 0) await done(command('ip', ['-n', this.#data.router, '-batch', '-'], rules))
    if (before.lines.length + weather.lines.length > 0) await this.#means!.set(weather.lines)
  }

  /** The kernel breaks connections for nobody: the storm passes without. */
  reset(): void {}

  close(): Promise<void> {
    return this.set(FAIR)
  }
}

function hostAt(at: PlaceNumber): string {
  return `${NET}.${at + 1}.2`
}

/** Those of runs that ended without removing them: their process is gone. */
export async function removeLeftOvers(): Promise<void> {
  const { output } = await command('ip', ['netns', 'list'])
  for (const line of output.split('\n')) {
    const [name = ''] = line.split(' ')
    const pid = new RegExp(`^${PREFIX}(\\d+)-`).exec(name)?.[1]
    if (pid !== undefined && !existsSync(`/proc/${pid}`)) await command('ip', ['netns', 'delete', name])
  }
}

async function done(said: Promise<Said>): Promise<void> {
  const { ok, problem } = await said
  if (!ok) throw new Error(problem)
}
