/** The machine that a simulated process runs on: which sockets somebody listens on, and which boot this is. */
import type { Listener, Machine, Probe } from '@rafted/storage'
import { FileError, type FileOperation, type FileOperationName } from './file-operation.ts'
import type { FileTree } from './file-tree.ts'
import type { Kernel } from './mounted-files.ts'
import type { FileNode } from './simulated-directory.ts'

interface Living {
  readonly alive: boolean
}

/** Who listens on a socket. What a crash leaves of a socket is another file, on which nobody does. */
export type Listening = WeakMap<FileNode, Living>

export class SimulatedMachine implements Machine {
  readonly processId: number
  readonly hostName = 'simulated'
  readonly #boot: string
  readonly #kernel: Kernel
  readonly #process: Living
  readonly #listening: Listening

  constructor(
    kernel: Kernel,
    { processId, boot }: { readonly processId: number; readonly boot: string },
    process: Living,
    listening: Listening,
  ) {
    this.processId = processId
    this.#boot = boot
    this.#kernel = kernel
    this.#process = process
    this.#listening = listening
  }

  async bootId(): Promise<string> {
    return this.#boot
  }

  async listen(directory: string, name: string): Promise<Listener> {
    const path = `${directory}/${name}`
    const socket = await this.#perform('listen', path, (operation, tree) => {
      if (tree.exists(operation)) throw new FileError('EADDRINUSE', operation)
      const node = tree.create(operation)
      this.#listening.set(node, this.#process)
      return node
    })
    return {
      close: async () => {
        await this.#perform('close', path, () => this.#listening.delete(socket))
        await this.#perform('remove', path, (operation, tree) => tree.remove(operation))
      },
    }
  }

  probe(directory: string, name: string): Promise<Probe> {
    return this.#perform('probe', `${directory}/${name}`, (operation, tree) => {
      if (!tree.exists(operation)) return 'missing'
      return this.#listening.get(tree.node(operation))?.alive ? 'accepted' : 'refused'
    })
  }

  #perform<T>(
    name: FileOperationName,
    path: string,
    finish: (operation: FileOperation, tree: FileTree) => T,
  ): Promise<T> {
    return this.#kernel.perform(name, path, null, 0, 0, { finish })
  }
}
