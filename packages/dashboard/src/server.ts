/** The page and what it asks for, over HTTP. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { isRaftedError, RaftedError } from '@rafted/contracts'
import type { Guard } from './guard.ts'
import { invalid } from './options.ts'
import type { PageFile } from './page-files.ts'

/** What is answered to whoever may ask. */
export interface Answers {
  /** By path; `query` is what stands behind it. */
  readonly get: Readonly<Record<string, (query: URLSearchParams) => Promise<unknown>>>
  readonly post: Readonly<Record<string, (body: unknown) => Promise<unknown>>>
}

/** Connections at a time: whoever comes beyond is turned away. */
export const MOST_CONNECTIONS = 64
const MOST_HEADER_BYTES = 8192
const MOST_BODY_BYTES = 4096
const MOST_PATH = 2048
const REQUEST_MS = 10_000

/** The page runs what this server gives it, and nothing else: no scripts or styles in the text, nothing from elsewhere, in no frame. */
const HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy': [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join('; '),
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=()',
  'cache-control': 'no-store',
}

/** What is served, and to whom. */
interface Served {
  readonly files: ReadonlyMap<string, PageFile>
  /** Its names are known once the server listens. */
  readonly guard: () => Guard
  readonly answers: Answers
}

export function createDashboardServer(served: Served): Server {
  const server = createServer(
    {
      maxHeaderSize: MOST_HEADER_BYTES,
      requestTimeout: REQUEST_MS,
      headersTimeout: REQUEST_MS,
      keepAliveTimeout: REQUEST_MS,
    },
    (request, response) => void answer(served, request, response),
  )
  server.maxConnections = MOST_CONNECTIONS
  return server
}

async function answer(served: Served, request: IncomingMessage, response: ServerResponse): Promise<void> {
  for (const [name, value] of Object.entries(HEADERS)) response.setHeader(name, value)
  try {
    await route(served, request, response)
  } catch (error) {
    // What isn't Rafted's own is a fault here, and shown to nobody.
    const known = isRaftedError(error) ? error : new RaftedError('closed', 'It failed.', FAULT)
    sendJson(response, isRaftedError(error) ? statusOf(known) : 500, { error: told(known) })
  }
}

async function route(
  { files, guard, answers }: Served,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { method = 'GET', headers, url = '/' } = request
  const refuse = (status: number, message: string): void =>
    sendJson(
      response,
      status,
      problem(status < 404 || status === 421 ? 'not-allowed' : 'invalid-argument', message),
    )
  if (!guard().isForUs(headers)) return refuse(421, 'This server is not called by that name.')
  if (!guard().isFromUs(headers)) return refuse(403, 'Pages of others may not ask here.')
  if (url.length > MOST_PATH) throw invalid('That path is too long.')
  const [path = '/', query = ''] = url.split('?')
  const file = files.get(path)
  const get = answers.get[path]
  const post = answers.post[path]
  if (file === undefined && get === undefined && post === undefined)
    return refuse(404, 'There is no such page.')
  const isReading = method === 'GET' || method === 'HEAD'
  if (post === undefined ? !isReading : method !== 'POST') {
    response.setHeader('allow', post === undefined ? 'GET, HEAD' : 'POST')
    return refuse(405, `${path} is not asked for by ${method}.`)
  }
  // The page itself knows nothing; who has the token learns what it shows.
  if (file !== undefined) return sendFile(response, file, method === 'HEAD')
  if (!guard().knowsToken(headers))
    return refuse(401, 'The token is missing or not that of this dashboard: it is drawn anew at each start.')
  if (post === undefined) sendJson(response, 200, await get!(new URLSearchParams(query)), method === 'HEAD')
  else sendJson(response, 200, await post(await bodyOf(request)))
}

/** @throws {RaftedError} `too-large`, `invalid-argument`. */
async function bodyOf(request: IncomingMessage): Promise<unknown> {
  if (!/^application\/json(?:;|$)/.test(request.headers['content-type'] ?? ''))
    throw invalid('What is asked for is JSON.')
  // So that whoever sends too much is told before it is cut off.
  if (Number(request.headers['content-length'] ?? 0) > MOST_BODY_BYTES) throw tooLarge()
  const parts: Buffer[] = []
  let bytes = 0
  for await (const part of request as AsyncIterable<Buffer>) {
    bytes += part.byteLength
    if (bytes > MOST_BODY_BYTES) throw tooLarge()
    parts.push(part)
  }
  try {
    return JSON.parse(Buffer.concat(parts).toString())
  } catch {
    throw invalid('What is asked for is JSON.')
  }
}

function tooLarge(): RaftedError {
  return new RaftedError('too-large', `At most ${MOST_BODY_BYTES} bytes are read.`, {
    outcome: 'not-applied',
  })
}

const FAULT = { outcome: 'unknown' } as const

const STATUSES: Partial<Record<RaftedError['code'], number>> = {
  'invalid-argument': 400,
  'not-allowed': 403,
  'no-such-group': 404,
  'no-such-member': 404,
  'too-large': 413,
  overloaded: 429,
  unsupported: 501,
  closed: 503,
  unreachable: 503,
  timeout: 504,
}

/** All else was refused by how things stand. */
function statusOf({ code }: RaftedError): number {
  return STATUSES[code] ?? 409
}

function told({ code, message, outcome }: RaftedError) {
  return { code, message, outcome }
}

function problem(code: RaftedError['code'], message: string) {
  return { error: told(new RaftedError(code, message, { outcome: 'not-applied' })) }
}

function sendFile(response: ServerResponse, { type, content }: PageFile, isHead: boolean): void {
  response.writeHead(200, { 'content-type': type, 'content-length': content.byteLength })
  response.end(isHead ? undefined : content)
}

function sendJson(response: ServerResponse, status: number, data: unknown, isHead = false): void {
  if (response.headersSent || response.destroyed) return
  const content = Buffer.from(JSON.stringify(data))
  response.writeHead(status, {
    'content-type': 'application/json; charset=utf-8',
    'content-length': content.byteLength,
    // What was not read of a request must not be taken for the next one.
    ...(status >= 400 ? { connection: 'close' } : {}),
  })
  response.end(isHead ? undefined : content)
}
