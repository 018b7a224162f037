/** The entries of one directory: what processes see, what is durable, and what has happened in between. */
import type { SimulatedFile } from './simulated-file.ts'

export type FileNode = SimulatedFile | SimulatedDirectory

/** What a process did to entries. A rename changes two of them, perhaps in two directories. */
export interface EntryOperation {
  readonly kind: 'create' | 'remove' | 'rename'
  readonly path: string
  /** The new path of a rename. */
  readonly to: string | null
  /** How many of its changes are neither durable nor lost. */
  open: number
}

export interface EntryChange {
  readonly order: number
  readonly operation: EntryOperation
  readonly name: string
  /** Null: the name is gone. */
  readonly node: FileNode | null
}

/** As a kernel does, the oldest are written back unasked, so that what never syncs doesn't grow for ever. */
const MAX_UNSYNCED = 1024

export class SimulatedDirectory {
  readonly seen = new Map<string, FileNode>()
  readonly durable = new Map<string, FileNode>()
  #unsynced: EntryChange[] = []
  #order = 0

  /** In the order in which they were made. */
  get unsynced(): readonly EntryChange[] {
    return this.#unsynced
  }

  change(operation: EntryOperation, name: string, node: FileNode | null): void {
    put(this.seen, name, node)
    operation.open++
    this.#unsynced.push({ order: ++this.#order, operation, name, node })
    if (this.#unsynced.length > MAX_UNSYNCED) this.#writeBack(this.#unsynced.shift()!)
  }

  #writeBack({ operation, name, node }: EntryChange): void {
    operation.open--
    put(this.durable, name, node)
  }

  /** @returns what a sync that begins now has to make durable. */
  mark(): number {
    return this.#order
  }

  /** All changes up to `mark` are durable. */
  synced(mark: number): void {
    const done = this.#unsynced.filter(({ order }) => order <= mark)
    this.#unsynced = this.#unsynced.slice(done.length)
    for (const change of done) this.#writeBack(change)
  }

  /** Whether a sync would have something to do. */
  get isDirty(): boolean {
    return this.#unsynced.length > 0
  }

  /**
   * A sync has failed: what it should have written counts as clean, so no later one writes it.
   * @param arrives whether one thing got to the disk before it failed.
   */
  dropped(mark: number, arrives: () => boolean): void {
    let isInOrder = true
    let last: EntryOperation | null = null
    for (const change of this.#unsynced) {
      if (change.order > mark) break
      // Both names of a rename within a directory change at once.
      if (change.operation !== last) isInOrder &&= arrives()
      last = change.operation
      if (isInOrder) this.#writeBack(change)
      else change.operation.open--
    }
    this.#unsynced = this.#unsynced.filter(({ order }) => order > mark)
  }
}

function put(entries: Map<string, FileNode>, name: string, node: FileNode | null): void {
  if (node === null) entries.delete(name)
  else entries.set(name, node)
}
