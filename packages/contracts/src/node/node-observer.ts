import { type Channel, channel } from 'node:diagnostics_channel'
import type { AnyEvent } from '../events.ts'
import type { Observer } from '../observer.ts'

/**
 * Publishes events on the channels `rafted:` and their kind, and what is counted and measured on `rafted:count` and `rafted:gauge`. A channel
 * that nobody has subscribed to costs next to nothing. What a subscriber throws, Node.js makes an uncaught exception, as for every channel.
 */
export function nodeObserver(): Observer {
  const channels = new Map<string, Channel>()
  const of = (name: string): Channel => {
    let found = channels.get(name)
    if (found === undefined) {
      found = channel(`rafted:${name}`)
      channels.set(name, found)
    }
    return found
  }
  const count = of('count')
  const gauge = of('gauge')
  const publish = (event: AnyEvent): void => {
    const to = of(event.kind)
    if (to.hasSubscribers) to.publish(event)
  }
  return {
    event: publish,
    valueEvent: publish,
    wants: (kind) => of(kind).hasSubscribers,
    count(name, by, group) {
      if (count.hasSubscribers) count.publish({ name, by, group })
    },
    gauge(name, value, group) {
      if (gauge.hasSubscribers) gauge.publish({ name, value, group })
    },
  }
}
