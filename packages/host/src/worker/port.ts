/** The way between two threads, as a seam: tests have one without threads. */
import { type MessagePort, receiveMessageOnPort } from 'node:worker_threads'

/** Messages arrive whole, in order, and once, for as long as the other thread lives. */
export interface Port<Out, In> {
  /** @param transfer buffers that are the other side's from now on. @throws for what can't be cloned; nothing is sent then. */
  post(message: Out, transfer?: readonly ArrayBuffer[]): void
  /** Tells each message, from now on. To be called once. */
  listen(onMessage: (message: In) => void): void
  /**
   * Tells now what has arrived. The event loop would tell it in its own time, which is after the timers where it was blocked.
   * @returns whether there was something.
   */
  drain(): boolean
  /** Nothing is told after it. */
  close(): void
}

/** What is needed of a `MessagePort`. Named here: not everybody who reads these types has those of Node.js. */
export interface PortOfThread {
  postMessage(message: unknown, transfer: readonly ArrayBuffer[]): void
  // biome-ignore lint/suspicious/noExplicitAny: what is told depends on the event.
  on(event: 'message' | 'messageerror', listener: (told: any) => void): unknown
  close(): void
}

/** @param broken called if something arrives that can't be read. */
export function portOf<Out, In>(port: PortOfThread, broken: (error: unknown) => void): Port<Out, In> {
  let tell: (message: In) => void = () => {}
  let telling = false
  const tellOne = (message: In): void => {
    telling = true
    try {
      tell(message)
    } finally {
      telling = false
    }
  }
  return {
    post(message, transfer = []) {
      port.postMessage(message, transfer)
    },
    listen(onMessage) {
      tell = onMessage
      port.on('messageerror', broken)
      port.on('message', tellOne)
    },
    drain() {
      // Whoever is told one and asks for more would see what follows before what was told is done.
      if (telling) return false
      let any = false
      for (;;) {
        const next = receiveMessageOnPort(port as MessagePort) as { readonly message: In } | undefined
        if (next === undefined) return any
        any = true
        tellOne(next.message)
      }
    },
    close() {
      tell = () => {}
      port.close()
    },
  }
}
