/** The store over HTTP: what a request asks for, and what an error means to who asked. */
import type { Kv, KvChanges, KvEntry, KvPageOptions, KvSnapshot, KvWatch, KvWritten } from '@rafted/recipes'
import { type Context, Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { streamSSE } from 'hono/streaming'
import { isRaftedError, type Probed, probe, type RaftedError } from 'rafted'

/** The group's name. */
export const GROUP = 'kv'
const MAX_BODY_BYTES = 1024 * 1024
/** Comments on a stream that is silent: who has gone is noticed, and nobody between takes it for dead. */
const SIGN_OF_LIFE_MS = 15_000
/** A request that is not answered by then is answered with 503. */
const TIMEOUT_MS = 5000

export interface Api {
  readonly app: Hono
  /** Ends the streams, and tells who is answered to come back over another connection: the host is about to stop. */
  close(): Promise<void>
}

export function apiOf(host: Probed, store: Kv): Api {
  const app = new Hono()
  const watches = new Set<KvWatch>()
  const kv = store.with({ timeoutMs: TIMEOUT_MS })
  let isClosing = false

  app.use(async (c, next) => {
    await next()
    if (isClosing) c.header('connection', 'close')
  })

  app.onError((error, c) => {
    if (!isRaftedError(error)) throw error
    const { code, outcome, message, details } = error
    const status = statusOf(error)
    if (status === 503) c.header('retry-after', '1')
    return c.json({ code, reason: details.reason, outcome, message }, status)
  })

  for (const path of ['/livez', '/readyz'])
    app.get(path, async () => {
      const { status, body } = (await probe(host, path, { groups: [GROUP] }))!
      return new Response(body, { status, headers: { 'content-type': 'application/json' } })
    })

  app.get('/kv', async (c) => {
    const { entries, next, revision } = await kv.range(pageOf(c))
    return c.json({ revision, entries, next })
  })

  app.get('/kv/:key{.+}', async (c) => {
    const entry = await kv.get(c.req.param('key'))
    if (entry === null) return c.json({ code: 'not-found' }, 404)
    c.header('etag', etagOf(entry.revision))
    if (c.req.header('if-none-match') === etagOf(entry.revision)) return c.body(null, 304)
    return c.json(entry.value as never)
  })

  app.put('/kv/:key{.+}', bodyLimit({ maxSize: MAX_BODY_BYTES, onError: tooLarge }), async (c) => {
    const value: unknown = await c.req.json().catch(() => undefined)
    if (value === undefined) return c.json({ code: 'bad-request', message: 'The body is not JSON.' }, 400)
    const ttl = c.req.query('ttlMs')
    const condition = conditionOf(c)
    if (condition === null) return badTag(c)
    const options = { ...condition, ttlMs: ttl === undefined ? undefined : Number(ttl) }
    const written = await once(c, kv).put(c.req.param('key'), value, options)
    return writtenTo(c, written, written.done ? 204 : 412)
  })

  app.delete('/kv/:key{.+}', async (c) => {
    const condition = conditionOf(c)
    if (condition === null || 'ifAbsent' in condition) return badTag(c)
    const written = await once(c, kv).delete(c.req.param('key'), condition)
    const isConditional = condition.ifRevision !== undefined
    return writtenTo(c, written, written.done ? 204 : isConditional ? 412 : 404)
  })

  // What becomes of keys. A client that comes back says what it has heard last, as browsers do by themselves.
  app.get('/watch', (c) => {
    if (isClosing) return c.json({ code: 'closed', message: 'This host is about to stop.' }, 503)
    const { key, prefix } = c.req.query()
    const last = c.req.header('last-event-id') ?? c.req.query('after')
    const from = last === undefined ? undefined : Number(last) + 1
    if (from !== undefined && !(Number.isSafeInteger(from) && from > 0))
      return c.json({ code: 'bad-request', message: '`after` and `Last-Event-ID` are revisions.' }, 400)
    return streamSSE(c, async (stream) => {
      const watch = store.watch({ key, prefix, from })
      watches.add(watch)
      stream.onAbort(() => void watch.return())
      const alive = setInterval(() => void stream.write(':\n\n').catch(() => {}), SIGN_OF_LIFE_MS)
      try {
        // From here on nothing is missed.
        await stream.write(`: begun behind ${await watch.begun}\n\n`)
        for await (const event of watch)
          await stream.writeSSE({ id: String(event.revision), event: event.kind, data: dataOf(event) })
      } finally {
        clearInterval(alive)
        watches.delete(watch)
        await watch.return()
      }
    })
  })

  return {
    app,
    close: async () => {
      isClosing = true
      await Promise.all([...watches].map((watch) => watch.return()))
    },
  }
}

function tooLarge(c: Context): Response {
  return c.json({ code: 'too-large', message: `A body has ${MAX_BODY_BYTES} bytes at most.` }, 413)
}

function dataOf(event: KvChanges | KvSnapshot): string {
  return JSON.stringify(event.kind === 'changes' ? event.events : event.entries)
}

/** An answer that was lost is asked for again with the same key, here or at another host: it is done once. */
function once(c: Context, kv: Kv): Kv {
  const key = c.req.header('idempotency-key')
  return key === undefined ? kv : kv.with({ key })
}

function pageOf(c: Context): KvPageOptions {
  const { limit, reverse, ...bounds } = c.req.query()
  return {
    ...bounds,
    ...(limit === undefined ? {} : { limit: Number(limit) }),
    ...(reverse === undefined ? {} : { reverse: reverse === 'true' }),
  }
}

const etagOf = (revision: KvEntry['revision']): string => `"${revision}"`

/** Null for a tag that is none of this store's. */
function conditionOf(c: Context): { ifRevision?: number } | { ifAbsent: true } | null {
  const match = c.req.header('if-match')
  if (c.req.header('if-none-match') === '*') return match === undefined ? { ifAbsent: true } : null
  if (match === undefined) return {}
  const tag = /^"(\d{1,15})"$/.exec(match)
  return tag === null ? null : { ifRevision: Number(tag[1]) }
}

function badTag(c: Context): Response {
  const message = '`If-Match` is an ETag of this store; a put may have `If-None-Match: *` instead.'
  return c.json({ code: 'bad-request', message }, 400)
}

function writtenTo(c: Context, { revision }: KvWritten, status: 204 | 404 | 412): Response {
  if (revision !== 0) c.header('etag', etagOf(revision))
  return c.body(null, status)
}

/** 503: another host may know better, or this one a little later; `outcome` says whether it could have happened. */
function statusOf({ code, details }: RaftedError): 400 | 413 | 503 | 507 {
  if (code === 'too-large') return 413
  if (code === 'invalid-argument') return 400
  if (code !== 'command-error') return 503
  return details.reason === 'full' ? 507 : details.reason === 'too-large' ? 413 : 400
}
