/** What is counted of events and of what is counted elsewhere. */
import type { EventOf, RaftedEvent } from '@rafted/contracts'
import type { MetricNameOf } from './description.ts'

/** @param group its name; null for what is the host's. @param own the value of the metric's own label. */
export type Add = (name: MetricNameOf<'counter'>, group: string | null, own?: string, by?: number) => void

/** Counts an event, whatever else it is. */
export function countEvent(event: RaftedEvent, add: Add): void {
  add('rafted.events', null, event.level)
  switch (event.kind) {
    case 'slow-peer':
      if (event.state === 'slow') add('rafted.peers.slowed', event.group)
      break
    case 'member-stopped':
      add(
        'rafted.member.stops',
        event.group,
        event.reason === 'member-removed' ? 'member-removed' : 'member-stopped',
      )
      break
    case 'command-failed':
      add('rafted.commands.failed', event.group)
      break
    case 'hook-failed':
      add('rafted.hooks.failed', event.group)
      break
    case 'join':
      add('rafted.joins.failed', event.group, event.what)
      break
    case 'snapshot':
      add('rafted.snapshots', event.group, event.what)
      break
    case 'snapshot-at-once':
      add('rafted.snapshots.at_once', event.group)
      break
    case 'log-damaged':
      add('rafted.log.damages', event.group)
      break
    case 'log-restored':
      add('rafted.log.restored', event.group, undefined, event.entries)
      break
    default:
      countOfHost(event, add)
  }
}

type OfHost = Exclude<
  RaftedEvent,
  EventOf<
    | 'slow-peer'
    | 'member-stopped'
    | 'command-failed'
    | 'hook-failed'
    | 'join'
    | 'snapshot'
    | 'snapshot-at-once'
    | 'log-damaged'
    | 'log-restored'
  >
>

function countOfHost(event: OfHost, add: Add): void {
  switch (event.kind) {
    case 'peer':
      add('rafted.hosts.seen', null, event.state)
      break
    case 'refused-batch':
      add('rafted.batches.refused', null)
      break
    case 'storage-failed':
      add('rafted.storage.failures', null)
      break
    case 'worker-failed':
      add('rafted.worker.failures', null)
      break
    case 'listener-failed':
      add('rafted.listeners.failed', null)
      break
    case 'disk-full':
      if (event.what === 'waiting') add('rafted.disk.full_waits', null)
      break
    case 'log-repaired':
      add('rafted.log.torn_ends', null)
      break
    case 'log-unreadable':
      add('rafted.log.unreadable', null)
      break
    case 'log-file-damaged':
      add('rafted.log.file_damages', null, event.damage)
      break
    case 'events-dropped':
      add('rafted.events.dropped', null, undefined, event.count)
  }
}

/** By the name that an `Observer` is told. */
const CLIENTS: ReadonlyMap<string, MetricNameOf<'counter'>> = new Map([
  ['client_retries', 'rafted.client.retries'],
  ['client_redirects', 'rafted.client.redirects'],
  ['client_sessions', 'rafted.client.sessions'],
])

const TRANSPORT = /^(?:tcp|nats)_(.+)$/

/** Counts what an `Observer` is told to count; what nothing is described for is left out. */
export function countCounted(name: string, by: number, group: string | null, add: Add): void {
  const ofClients = CLIENTS.get(name)
  if (ofClients !== undefined) add(ofClients, group ?? '', undefined, by)
  else if (name === 'host_not_allowed') add('rafted.requests.not_allowed', null, undefined, by)
  else {
    const [, what] = TRANSPORT.exec(name) ?? []
    if (what !== undefined) add('rafted.transport.incidents', null, what, by)
  }
}
