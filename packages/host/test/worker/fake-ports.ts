/** Two ends of a port without threads: what is posted is cloned at once, as between threads, and told when the test says so. */
import type { Port } from '../../src/worker/port.ts'

class FakePort<Out, In> implements Port<Out, In> {
  /** What has arrived and was not told. */
  readonly waiting: In[] = []
  readonly transferred: ArrayBuffer[] = []
  other: FakePort<In, Out> | null = null
  closed = false
  #tell: (message: In) => void = () => {}

  post(message: Out, transfer: readonly ArrayBuffer[] = []): void {
    const cloned = structuredClone(message, { transfer: [...transfer] })
    this.transferred.push(...transfer)
    this.other!.waiting.push(cloned)
  }

  listen(onMessage: (message: In) => void): void {
    this.#tell = onMessage
  }

  drain(): boolean {
    const any = this.waiting.length > 0
    while (this.waiting.length > 0) this.#tell(this.waiting.shift()!)
    return any
  }

  close(): void {
    this.closed = true
    this.waiting.length = 0
    this.#tell = () => {}
  }
}

export type { FakePort }

export function fakePorts<A, B>(): readonly [FakePort<A, B>, FakePort<B, A>] {
  const one = new FakePort<A, B>()
  const other = new FakePort<B, A>()
  one.other = other
  other.other = one
  return [one, other]
}
