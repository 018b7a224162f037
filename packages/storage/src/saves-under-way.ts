/** Snapshots on their way into a store, by group: when a group is removed, none of them may come to be. */
import { RaftedError } from '@rafted/contracts'

/** A save under way. `isOver` once its group has been removed. */
interface Save {
  isOver: boolean
}

export class SavesUnderWay {
  readonly #byGroup = new Map<string, Set<Save>>()

  /** Runs `save`, which asks `check` before it lets anybody see what it has saved. */
  async run<T>(group: string, save: (check: () => void) => Promise<T>): Promise<T> {
    const own: Save = { isOver: false }
    const saves = this.#byGroup.get(group) ?? new Set()
    this.#byGroup.set(group, saves.add(own))
    try {
      return await save(() => {
        if (own.isOver) throw removed(group)
      })
    } finally {
      saves.delete(own)
      if (saves.size === 0) this.#byGroup.delete(group)
    }
  }

  /** The group is removed: what is under way for it is in vain. */
  end(group: string): void {
    for (const save of this.#byGroup.get(group) ?? []) save.isOver = true
    this.#byGroup.delete(group)
  }
}

function removed(group: string): RaftedError {
  return new RaftedError(
    'no-such-group',
    `Group "${group}" was removed while its snapshot was being saved.`,
    {
      outcome: 'not-applied',
    },
  )
}
