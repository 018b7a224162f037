/** A member that takes long to install a snapshot, while the leader goes on and takes others (F67). */
import { createClient } from '@rafted/client'
import { defineValue, type RaftedEvent, type SnapshotStore } from '@rafted/contracts'
import { realClock, realRandom } from '@rafted/contracts/node'
import { openHost } from '@rafted/host'
import { memoryStorage } from '@rafted/storage'
import { memoryNetwork } from '@rafted/transport-memory'
import { expect, test } from 'vitest'

const seams = { clock: realClock, random: realRandom }
const count = defineValue({
  init: () => 0,
  commands: { add: (n) => [n + 1, n + 1] },
  queries: { current: (n) => n },
})
// Nobody is asked again within the test: what has to be told is told at once.
const settings = { snapshotMinBytes: 1000, snapshotFactor: 1, tailBytes: 500, electionMs: 1_000_000 }

/** A store whose first `save` waits for `release` when all has been handed over. */
class SlowSnapshotStore implements SnapshotStore {
  readonly #inner = memoryStorage().open().snapshots
  release = (): void => {}
  isHeld = false

  async save(...[group, chunks, meta]: Parameters<SnapshotStore['save']>): ReturnType<SnapshotStore['save']> {
    const saved = await this.#inner.save(group, chunks, meta)
    if (this.isHeld) return saved
    this.isHeld = true
    await new Promise<void>((resolve) => {
      this.release = resolve
    })
    return saved
  }

  list = (group: string) => this.#inner.list(group)
  latest = (group: string) => this.#inner.latest(group)
  setAside = (group: string, index: number) => this.#inner.setAside(group, index)
  remove = (group: string) => this.#inner.remove(group)
  close = () => this.#inner.close()
}

test('goes on from the log afterwards, which was kept for it, and needs no other one', async () => {
  const network = memoryNetwork({ clock: realClock })
  const events: RaftedEvent[] = []
  const slow = new SlowSnapshotStore()
  const open = (id: string, snapshots: SnapshotStore) =>
    openHost({
      id,
      cluster: 'test',
      transport: network.transport({ name: id, role: 'peer' }),
      logs: memoryStorage().open().logs,
      snapshots,
      durable: false,
      observer: { event: (event) => void events.push(event) },
      ...seams,
    })
  const a = await open('a', memoryStorage().open().snapshots)
  const b = await open('b', slow)
  const client = createClient({ link: a.link, addresses: ['a'], ...seams })
  const handle = client.value('count', count)
  await a.createGroup('count', { machine: count, settings })
  while (a.status('count')!.snapshotIndex === 0) await handle.add()
  // A learner: the leader commits without it.
  await b.group('count', { machine: count, settings, join: ['a'], learner: true })
  while (!slow.isHeld) await handle.current()
  const taken = () => events.filter((event) => event.kind === 'snapshot' && event.what === 'taken')
  const sent = () => events.filter((event) => event.kind === 'snapshot' && event.what === 'sent')

  const before = taken().length
  while (taken().length < before + 4) await handle.add()
  slow.release()
  while (b.status('count')!.appliedIndex < a.status('count')!.commitIndex) await handle.current()
  expect(sent()).toHaveLength(1)
  // From here on the log is let go again.
  const kept = a.status('count')!.snapshotIndex
  while (a.status('count')!.snapshotIndex <= kept) await handle.add()
  await client.close()
  await a.close()
  await b.close()
})
