/** The process that attacks, as the one that is attacked sees it. */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Order, Said, Sent } from './knowledge.ts'

/** Beside this file, compiled or not. */
const program = fileURLToPath(new URL(`./attacker-program${import.meta.url.slice(-3)}`, import.meta.url))

export class Assailants {
  readonly #process: ChildProcess

  constructor(child: ChildProcess) {
    this.#process = child
  }

  static async begin(order: Order): Promise<Assailants> {
    const attacker = new Assailants(fork(program, { serialization: 'advanced' }))
    attacker.tell(order)
    await attacker.#hears('ready')
    return attacker
  }

  tell(order: Order): void {
    this.#process.send(order)
  }

  async send(order: Order): Promise<Sent> {
    this.tell(order)
    return this.#hears('sent')
  }

  async end(): Promise<void> {
    const ended = once(this.#process, 'exit')
    this.tell({ kind: 'end' })
    await ended
  }

  kill(): void {
    this.#process.kill('SIGKILL')
  }

  async #hears<Kind extends Said['kind']>(kind: Kind): Promise<Extract<Said, { kind: Kind }>> {
    const over = new AbortController()
    try {
      return await Promise.race([
        once(this.#process, 'message', { signal: over.signal }).then(([said]) => {
          if ((said as Said).kind !== kind) throw new Error(`the attacker said "${(said as Said).kind}"`)
          return said as Extract<Said, { kind: Kind }>
        }),
        once(this.#process, 'exit', { signal: over.signal }).then(([code]) => {
          throw new Error(`the attacker has ended with ${code}`)
        }),
      ])
    } finally {
      over.abort()
    }
  }
}
