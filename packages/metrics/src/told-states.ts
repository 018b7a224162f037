/** What holds from one event to another: peers and disks that are slow, disks that are full, hosts that are there. */
import type { RaftedEvent } from '@rafted/contracts'
import type { Put } from './member-gauges.ts'

/** More than this are not remembered, of hosts nor of the slow peers of a group: far more than a configuration holds. */
const MOST = 1024

export class ToldStates {
  #isDiskSlow = false
  #isDiskFull = false
  readonly #connected = new Set<string>()
  /** Ids of members, by the group whose leader here calls them slow. */
  readonly #slowPeers = new Map<string, Set<string>>()

  note(event: RaftedEvent): void {
    if (event.kind === 'slow-disk') this.#isDiskSlow = event.state === 'slow'
    else if (event.kind === 'disk-full') this.#isDiskFull = event.what === 'waiting'
    else if (event.kind === 'peer') noteIn(this.#connected, event.host, event.state === 'up')
    else if (event.kind === 'slow-peer') this.#notePeer(event.group, event.peer, event.state === 'slow')
    else if (event.kind === 'role' && event.role !== 'leader') this.#slowPeers.delete(event.group)
  }

  slowPeers(group: string): ReadonlySet<string> {
    return this.#slowPeers.get(group) ?? NOBODY
  }

  /** No other groups run here. */
  keep(running: readonly string[]): void {
    if (this.#slowPeers.size === 0) return
    const isRunning = new Set(running)
    for (const group of this.#slowPeers.keys()) if (!isRunning.has(group)) this.#slowPeers.delete(group)
  }

  putInto(put: Put): void {
    put('rafted.disk.slow', Number(this.#isDiskSlow))
    put('rafted.disk.full', Number(this.#isDiskFull))
    put('rafted.hosts.connected', this.#connected.size)
  }

  #notePeer(group: string, peer: string, isSlow: boolean): void {
    const peers = this.#slowPeers.get(group) ?? new Set()
    noteIn(peers, peer, isSlow)
    if (peers.size === 0) this.#slowPeers.delete(group)
    else this.#slowPeers.set(group, peers)
  }
}

const NOBODY: ReadonlySet<string> = new Set()

function noteIn(set: Set<string>, one: string, isSo: boolean): void {
  if (!isSo) set.delete(one)
  else if (set.size < MOST) set.add(one)
}
