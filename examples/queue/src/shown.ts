/** The queue on a page, for as long as somebody wants to look at it: `npm start -- --dashboard`. */
import { type Dashboard, openDashboard } from '@rafted/dashboard'
import type { Client } from 'rafted'
import type { Cluster } from './cluster.ts'
import { queue } from './queue.ts'
import { group } from './queue-host.ts'

/** Between two items: enough for the charts, and little for the machine. */
const PAUSE_MS = 25
const ASK_MS = 900

export interface Shown {
  readonly dashboard: Dashboard
  /** Puts items in and takes them out again until it is told to end. */
  goOn(ended: AbortSignal): Promise<void>
  close(): Promise<void>
}

/** Hosts die in the story, so the page belongs to none of them: it asks them, through a client of its own. */
export async function showQueue(cluster: Cluster): Promise<Shown> {
  const client = await cluster.client()
  const dashboard = await openDashboard(
    {
      id: 'queue example',
      client,
      groups: () => [group],
      status: (name) => client.status(name, { timeoutMs: ASK_MS }).catch(() => null),
    },
    { actions: true },
  )
  return {
    dashboard,
    goOn: (ended) => load(client, dashboard, ended),
    close: async () => {
      await dashboard.close()
      await client.close()
    },
  }
}

async function load(client: Client, dashboard: Dashboard, ended: AbortSignal): Promise<void> {
  const items = client.value(group, queue)
  for (let i = 0; !ended.aborted; i++) {
    const item = Buffer.from(`item ${i}`)
    // Whoever removes members from the page may leave the group without a leader: this goes on when there is one again.
    await dashboard.timed(() => items.enqueue(item)).catch(() => {})
    await dashboard.timed(() => items.dequeue()).catch(() => {})
    await pause(PAUSE_MS, ended)
  }
}

function pause(ms: number, ended: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer)
      ended.removeEventListener('abort', end)
      resolve()
    }
    const timer = setTimeout(end, ms)
    ended.addEventListener('abort', end)
    if (ended.aborted) end()
  })
}
