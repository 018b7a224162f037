/** A client that knows several hosts, and asks another one where one doesn't answer. */
import { randomUUID } from 'node:crypto'

export interface Found {
  readonly value: unknown
  readonly etag: string
}

export interface Put {
  readonly value: unknown
  /** Only if the key still has this tag; null: only if it isn't there. */
  readonly ifMatch?: string | null
}

/** Between two tries. */
const PAUSE_MS = 25
const TRY_MS = 10_000

export class HttpClient {
  readonly #hosts: readonly string[]
  #at: number
  /** Tries that came to nothing. */
  retries = 0

  /** @param hosts `http://…` of each. @param first the one that is asked first, by its place. */
  constructor(hosts: readonly string[], first = 0) {
    this.#hosts = hosts
    this.#at = first % hosts.length
  }

  /** Null: there is no such key. */
  async get(key: string): Promise<Found | null> {
    const response = await this.#ask(`/kv/${encodeURIComponent(key)}`)
    if (response.status === 404) return null
    return { value: await response.json(), etag: response.headers.get('etag')! }
  }

  /** It takes effect once, however often it is asked for. @returns the tag it has then; null: the condition did not hold. */
  async put(key: string, { value, ifMatch }: Put): Promise<string | null> {
    const headers: Record<string, string> = {
      'content-type': 'application/json',
      'idempotency-key': randomUUID(),
    }
    if (ifMatch === null) headers['if-none-match'] = '*'
    else if (ifMatch !== undefined) headers['if-match'] = ifMatch
    const request = { method: 'PUT', headers, body: JSON.stringify(value) }
    const { ok, headers: answered } = await this.#ask(`/kv/${encodeURIComponent(key)}`, request)
    return ok ? answered.get('etag') : null
  }

  /** All entries that begin so, page by page. */
  async *entries(prefix: string): AsyncGenerator<{ key: string; value: unknown; version: number }> {
    for (let from = prefix; ; ) {
      const response = await this.#ask(`/kv?${new URLSearchParams({ prefix, from })}`)
      const { entries, next } = (await response.json()) as { entries: []; next: string | null }
      yield* entries
      if (next === null) return
      from = next
    }
  }

  /** Until somebody answers. */
  async #ask(path: string, request: RequestInit = {}): Promise<Response> {
    for (;;) {
      const host = this.#hosts[this.#at]!
      try {
        const response = await fetch(host + path, { ...request, signal: AbortSignal.timeout(TRY_MS) })
        if (response.status < 500) return response
        await response.body?.cancel()
      } catch (error) {
        // It has gone, or goes: fetch says no more than that.
        if (!(error instanceof TypeError || (error as Error).name === 'TimeoutError')) throw error
      }
      this.retries++
      this.#at = (this.#at + 1) % this.#hosts.length
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS))
    }
  }
}
