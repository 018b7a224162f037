/** Listens to what becomes of keys, and goes on at another host where one ends its stream. */

export interface Told {
  readonly kind: 'put' | 'delete' | 'expire'
  readonly entry?: { readonly key: string; readonly value: unknown }
}

const PAUSE_MS = 25

export class Listener {
  readonly #hosts: readonly string[]
  readonly #prefix: string
  readonly #ending = new AbortController()
  readonly #hear: (told: Told) => void
  #last: string | null = null
  /** Streams that it has begun to read. */
  streams = 0

  constructor(hosts: readonly string[], prefix: string, hear: (told: Told) => void) {
    this.#hosts = hosts
    this.#prefix = prefix
    this.#hear = hear
  }

  /** Resolves when it is ended. @param begun called once, when nothing is missed from there on. */
  async listen(begun: () => void): Promise<void> {
    const { signal } = this.#ending
    for (let at = 0; !signal.aborted; at++) {
      try {
        const headers: Record<string, string> = this.#last === null ? {} : { 'last-event-id': this.#last }
        const url = `${this.#hosts[at % this.#hosts.length]}/watch?prefix=${encodeURIComponent(this.#prefix)}`
        const response = await fetch(url, { headers, signal })
        if (response.ok) await this.#read(response.body!, begun)
      } catch (error) {
        if (!(error instanceof TypeError || signal.aborted)) throw error
      }
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS))
    }
  }

  end(): void {
    this.#ending.abort()
  }

  async #read(body: ReadableStream<Uint8Array>, begun: () => void): Promise<void> {
    this.streams++
    let text = ''
    const decoder = new TextDecoder()
    for await (const bytes of body) {
      const parts = (text + decoder.decode(bytes, { stream: true })).split('\n\n')
      text = parts.pop()!
      for (const part of parts) this.#take(part, begun)
    }
  }

  /** One message: lines of `name: value`, or a comment. */
  #take(message: string, begun: () => void): void {
    const begins = /^: begun behind (\d+)$/.exec(message)
    if (begins !== null) {
      // Where its stream ends before it was told anything, it goes on from here.
      this.#last ??= begins[1]!
      begun()
      return
    }
    const fields = new Map(message.split('\n').map((line) => line.split(/: (.*)/s, 2) as [string, string]))
    const data = fields.get('data')
    if (data === undefined) return
    if (fields.get('event') !== 'changes') throw new Error('it was away for longer than the store remembers')
    for (const told of JSON.parse(data) as Told[]) this.#hear(told)
    this.#last = fields.get('id')!
  }
}
