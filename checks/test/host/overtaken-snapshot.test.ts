/** A member's own snapshot that the leader's has overtaken while it was being saved (F67b). */
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
const settings = { snapshotMinBytes: 1000, snapshotFactor: 1, tailBytes: 500 }

/** A store whose first `save` waits for `release`, before or after the snapshot is there. The others pass it. */
class HeldSnapshotStore implements SnapshotStore {
  readonly inner = memoryStorage().open().snapshots
  readonly release: () => void
  /** The first `save` waits. */
  isHeld = false
  readonly #released: Promise<void>
  readonly #when: 'before' | 'after'
  #isFirst = true

  constructor(when: 'before' | 'after') {
    this.#when = when
    let release = (): void => {}
    this.#released = new Promise((resolve) => {
      release = resolve
    })
    this.release = release
  }

  async save(...[group, chunks, meta]: Parameters<SnapshotStore['save']>): ReturnType<SnapshotStore['save']> {
    const held = this.#isFirst ? this.#when : null
    this.#isFirst = false
    if (held === 'before') await this.#hold()
    const saved = await this.inner.save(group, chunks, meta)
    if (held === 'after') await this.#hold()
    return saved
  }

  #hold(): Promise<void> {
    this.isHeld = true
    return this.#released
  }

  list = (group: string) => this.inner.list(group)
  latest = (group: string) => this.inner.latest(group)
  setAside = (group: string, index: number) => this.inner.setAside(group, index)
  remove = (group: string) => this.inner.remove(group)
  close = () => this.inner.close()
}

test.each(['before', 'after'] as const)(
  'a snapshot of its own, held up %s it is there until one from the leader is installed, does not stop the member',
  async (when) => {
    const network = memoryNetwork({ clock: realClock })
    const events: RaftedEvent[] = []
    const held = new HeldSnapshotStore(when)
    const open = (id: string, snapshots: SnapshotStore, event: (event: RaftedEvent) => void) =>
      openHost({
        id,
        cluster: 'test',
        transport: network.transport({ name: id, role: 'peer' }),
        logs: memoryStorage().open().logs,
        snapshots,
        durable: false,
        observer: { event },
        ...seams,
      })
    const a = await open('a', memoryStorage().open().snapshots, () => {})
    const b = await open('b', held, (event) => void events.push(event))
    const client = createClient({ link: a.link, addresses: ['a'], ...seams })
    const handle = client.value('count', count)
    await a.createGroup('count', { machine: count, settings })
    // A learner: the leader commits without it.
    await b.group('count', { machine: count, settings, join: ['a'], learner: true })
    const status = () => b.status('count')!
    while ((b.status('count')?.appliedIndex ?? 0) === 0) await handle.current()
    while (!held.isHeld) await handle.add()

    network.cut('a', 'b')
    const overtaken = status().appliedIndex
    while (a.status('count')!.snapshotIndex <= status().lastIndex) await handle.add()
    network.heal('a', 'b')
    while (status().snapshotIndex <= overtaken) await handle.current()
    const caughtUp = async () => {
      const { appliedIndex } = a.status('count')!
      while (status().stopped === null && status().appliedIndex < appliedIndex) await handle.current()
    }
    await caughtUp()
    const snapshots = () => events.filter((event) => event.kind === 'snapshot')
    const [installed] = snapshots()
    expect(snapshots()).toMatchObject([{ what: 'installed', index: status().snapshotIndex }])
    held.release()

    // It goes on, and in time takes another one of its own.
    const newer = () => snapshots().find(({ what, index }) => what === 'taken' && index > installed!.index)
    while (status().stopped === null && newer() === undefined) {
      await handle.add()
      await caughtUp()
    }
    expect(status().stopped).toBeNull()
    expect((await held.list('count')).map(({ index }) => index)).toEqual([newer()!.index, installed!.index])
    expect(status().snapshotIndex).toBe(installed!.index)
    await client.close()
    for (const host of [b, a]) await host.close()
  },
)
