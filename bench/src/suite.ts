/** What is measured: a system in one configuration, and the loads it is put under. */

/** A system under load. Both calls resolve when the system has answered. */
export interface Target {
  command(payload: Uint8Array): Promise<unknown>
  query(): Promise<unknown>
  close(): Promise<void>
}

export interface Suite {
  /** `rafted`, or the name of what it is compared with. */
  readonly system: string
  readonly config: string
  /** Whether the disk counts: what it takes by itself is measured in the same minute. */
  readonly onDisk?: boolean
  /** How queries are made linearizable, as the rows of queries say it. */
  readonly reads: readonly string[]
  /** Opens the system. Its queries answer `size` bytes. */
  open(options: { readonly size: number; readonly read: string }): Promise<Target>
}

export interface Load {
  readonly op: 'command' | 'query'
  /** How queries are read; null for commands. */
  readonly read: string | null
  /** Bytes of a command, or of the answer of a query. */
  readonly size: number
  /** Calls under way at any time. */
  readonly concurrency: number
}

const sizes = [16, 1024]
const concurrencies = [1, 16, 64, 256, 1024]

/** Every load of a suite: the rows of its table. */
export function loadsOf(suite: Suite): Load[] {
  const ops = [
    { op: 'command' as const, read: null },
    ...suite.reads.map((read) => ({ op: 'query' as const, read })),
  ]
  return ops.flatMap(({ op, read }) =>
    sizes.flatMap((size) => concurrencies.map((concurrency) => ({ op, read, size, concurrency }))),
  )
}
