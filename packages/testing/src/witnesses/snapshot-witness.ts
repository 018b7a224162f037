/** As the log witness, for snapshots: what was saved is there after a crash, what was removed is not, and nothing else is. */
import { isDeepStrictEqual } from 'node:util'
import type { SnapshotMeta, SnapshotStore } from '@rafted/contracts'

/** A store keeps so many of each group. */
const KEPT = 2

interface Saved {
  /** Those that are durable, newest first. */
  metas: readonly SnapshotMeta[]
  /** Those being saved: there or not. */
  saving: readonly SnapshotMeta[]
  removing: boolean
  /** Those that were saved while all were being removed, and those that are being set aside: there or not. */
  disputed: readonly SnapshotMeta[]
  /** Those whose removal may have been lost by a flush that failed: any crash may bring them back. */
  ghosts: readonly SnapshotMeta[]
  /** Those that newer ones have taken the place of: a crash may have come before they were removed, and then they count again when newer ones are set aside. */
  former: readonly SnapshotMeta[]
}

/** So many ghosts are remembered of a group. */
const GHOSTS = 8

const none: Saved = { metas: [], saving: [], removing: false, disputed: [], ghosts: [], former: [] }

/** What a store may hold that is opened after a crash at one moment. */
export class SnapshotMoment {
  readonly #groups: ReadonlyMap<string, Saved>

  constructor(groups: ReadonlyMap<string, Saved>) {
    this.#groups = groups
  }

  /** @returns what is wrong with what the store holds, or null. */
  async compare(store: SnapshotStore): Promise<string | null> {
    return (await this.look(store)).wrong
  }

  /** @internal Also what the store holds. */
  async look(
    store: SnapshotStore,
  ): Promise<{ readonly found: Map<string, Saved>; readonly wrong: string | null }> {
    const problems: string[] = []
    const found = new Map<string, Saved>()
    for (const [group, saved] of this.#groups) {
      const metas = await store.list(group)
      if (!isPossible(metas, saved))
        problems.push(
          `"${group}" has snapshots at ${textOf(metas)}, after those at ${textOf(saved.metas)} were saved, ` +
            `and those at ${textOf(saved.saving)} were being saved${saved.removing ? ', and all removed' : ''}`,
        )
      problems.push(...(await unreadable(store, group)))
      const gone = saved.metas.filter((one) => !metas.some((meta) => isDeepStrictEqual(meta, one)))
      found.set(group, {
        ...none,
        metas,
        ghosts: saved.ghosts,
        former: [...saved.former, ...gone].slice(-GHOSTS),
      })
    }
    return { found, wrong: problems.length === 0 ? null : problems.join('; ') }
  }
}

/** Stands before a snapshot store, and knows what it may hold after a crash. */
export class SnapshotWitness {
  #groups = new Map<string, Saved>()
  #life = 0

  /** @returns the store, whose calls are seen from now on, and those of others no more. */
  watch(store: SnapshotStore): SnapshotStore {
    const life = ++this.#life
    const ifLiving = (act: () => void): void => {
      if (life === this.#life) act()
    }
    return {
      list: (group) => store.list(group),
      latest: (group) => store.latest(group),
      close: () => store.close(),
      save: async (group, chunks, meta) => {
        let given: SnapshotMeta | null = null
        const saved = await store.save(group, chunks, () => {
          const asked = meta()
          ifLiving(() => this.#saving(group, asked))
          given = asked
          return asked
        })
        ifLiving(() => this.#hasSaved(group, given ?? saved))
        return saved
      },
      setAside: async (group, index) => {
        const { metas, disputed, ghosts, former } = this.#of(group)
        const doomed = metas.filter((meta) => meta.index === index)
        const left = metas.filter((meta) => meta.index !== index)
        ifLiving(() =>
          this.#set(group, {
            metas: left,
            disputed: [...disputed, ...doomed],
            ghosts: [...ghosts, ...former].slice(-GHOSTS),
          }),
        )
        await store.setAside(group, index)
        ifLiving(() => {
          const now = this.#of(group).disputed.filter((meta) => !doomed.includes(meta))
          this.#set(group, { disputed: now })
        })
      },
      remove: async (group) => {
        const doomed = this.#of(group).metas
        ifLiving(() => this.#set(group, { removing: true }))
        await store.remove(group)
        ifLiving(() => {
          const disputed = this.#of(group).metas.filter((meta) => !doomed.includes(meta))
          this.#set(group, { metas: [], disputed, removing: false })
        })
      },
    }
  }

  /** Whether somebody waits for a snapshot to be durable, all of which has been handed over. */
  get isWriting(): boolean {
    return [...this.#groups.values()].some(({ saving, removing }) => removing || saving.length > 0)
  }

  /** What may be found after a crash now. */
  moment(): SnapshotMoment {
    return new SnapshotMoment(new Map(this.#groups))
  }

  /** Compares what a store holds that was opened anew. From then on that counts as durable. @returns what is wrong, or null. */
  async reopened(store: SnapshotStore): Promise<string | null> {
    const { found, wrong } = await this.moment().look(store)
    this.#groups = found
    return wrong
  }

  /** The disk was replaced by an empty one. */
  forget(): void {
    this.#life++
    this.#groups.clear()
  }

  /**
   * A flush of the directory has failed: the removals that it should have made durable count as done, and a crash undoes them. What comes back is the
   * state of the same group after entries that were committed, so who starts with it is right.
   */
  directoryFlushFailed(): void {
    for (const [group, { metas, saving, disputed, ghosts }] of this.#groups)
      this.#set(group, { ghosts: [...ghosts, ...metas, ...disputed, ...saving].slice(-GHOSTS) })
  }

  #saving(group: string, meta: SnapshotMeta): void {
    this.#set(group, { saving: [...this.#of(group).saving, meta] })
  }

  #hasSaved(group: string, meta: SnapshotMeta): void {
    const { metas, saving, former } = this.#of(group)
    // One that is no newer than the newest is dropped.
    const isNewest = metas.length === 0 || meta.index > metas[0]!.index
    this.#set(group, {
      metas: isNewest ? [meta, ...metas].slice(0, KEPT) : metas,
      former: isNewest ? [...former, ...metas.slice(KEPT - 1)].slice(-GHOSTS) : former,
      saving: saving.filter((other) => other !== meta),
    })
  }

  #of(group: string): Saved {
    return this.#groups.get(group) ?? none
  }

  #set(group: string, change: Partial<Saved>): void {
    this.#groups.set(group, { ...this.#of(group), ...change })
  }
}

async function unreadable(store: SnapshotStore, group: string): Promise<string[]> {
  try {
    const latest = await store.latest(group)
    let size = 0
    if (latest !== null) for await (const chunk of latest.chunks) size += chunk.byteLength
    return size === (latest?.meta.size ?? 0) ? [] : [`the newest snapshot of "${group}" has ${size} bytes`]
  } catch (error) {
    return [`the newest snapshot of "${group}" can't be read: ${String(error)}`]
  }
}

/** Whether these may be found: all that were saved, any of those that were being saved, and ghosts, which stand in the place of older ones. */
function isPossible(found: readonly SnapshotMeta[], saved: Saved): boolean {
  const { metas, saving, removing, disputed, ghosts } = saved
  const isGhost = (meta: SnapshotMeta): boolean => ghosts.some((ghost) => isDeepStrictEqual(ghost, meta))
  // Removals get to the disk in any order, and by them older ones are seen that had not been removed yet.
  if (removing)
    return found.every((one) => isGhost(one) || [...saving, ...metas].some((meta) => one.index <= meta.index))
  let possible: (readonly SnapshotMeta[])[] = [metas]
  for (const meta of [...disputed, ...saving].toSorted((a, b) => a.index - b.index))
    possible = possible.flatMap((kept) =>
      kept.length > 0 && meta.index <= kept[0]!.index ? [kept] : [kept, [meta, ...kept].slice(0, KEPT)],
    )
  return possible.some((expected) => {
    const isExpected = (meta: SnapshotMeta): boolean => expected.some((one) => isDeepStrictEqual(one, meta))
    const own = found.filter(isExpected)
    const others = found.filter((meta) => !isExpected(meta))
    return isDeepStrictEqual(own, expected.slice(0, KEPT - others.length)) && others.every(isGhost)
  })
}

function textOf(metas: readonly SnapshotMeta[]): string {
  return metas.length === 0 ? 'none' : metas.map(({ index, term }) => `${index}/${term}`).join(' and ')
}
