/** Every file and directory as it is found after a crash, all of it durable. What was there before is left as it is. */
import type { Ask } from './crash-choices.ts'
import {
  type EntryChange,
  type EntryOperation,
  type FileNode,
  SimulatedDirectory,
} from './simulated-directory.ts'

export class CrashImage {
  readonly #ask: Ask
  readonly #tornRenames: boolean
  /** Files and directories that have two names are one afterwards, too. */
  readonly #found = new Map<FileNode, FileNode>()
  /** One question for each operation, though two directories may tell of it. */
  readonly #answers = new Map<EntryOperation, string>()

  /** @param tornRenames whether a rename may leave both names or none. */
  constructor(ask: Ask, tornRenames: boolean) {
    this.#ask = ask
    this.#tornRenames = tornRenames
  }

  /** @param path of the directory, without a slash at its end. */
  directory(path: string, directory: SimulatedDirectory): SimulatedDirectory {
    const entries = new Map(directory.durable)
    for (const change of directory.unsynced) {
      if (!this.#happened(change)) continue
      if (change.node === null) entries.delete(change.name)
      else entries.set(change.name, change.node)
    }
    const found = new SimulatedDirectory()
    this.#found.set(directory, found)
    for (const [name, node] of entries) {
      const copy = this.#found.get(node) ?? this.#node(`${path}/${name}`, node)
      found.seen.set(name, copy)
      found.durable.set(name, copy)
    }
    return found
  }

  #node(path: string, node: FileNode): FileNode {
    if (node instanceof SimulatedDirectory) return this.directory(path, node)
    const found = node.afterCrash(path, this.#ask)
    this.#found.set(node, found)
    return found
  }

  #happened({ operation, node }: EntryChange): boolean {
    let answer = this.#answers.get(operation)
    if (answer === undefined) {
      const { kind, path, to, open } = operation
      const answers = kind === 'rename' && open === 2 ? this.#renames : ['lost', 'kept']
      answer = this.#ask({ about: 'entry', operation: kind, path, to, answers })
      this.#answers.set(operation, answer)
    }
    if (answer === 'both') return node !== null
    if (answer === 'neither') return node === null
    return answer === 'new' || answer === 'kept'
  }

  get #renames(): readonly string[] {
    return this.#tornRenames ? ['old', 'both', 'neither', 'new'] : ['old', 'new']
  }
}
