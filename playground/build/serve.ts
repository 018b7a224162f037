/** Serves the page on loopback, and nothing else: no directory is read. */
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'

const types: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  svg: 'image/svg+xml',
}

export interface Served {
  readonly url: string
  close(): Promise<void>
}

/** @param port 0 for any that is free. Rejects if it is taken. */
export async function serve(files: ReadonlyMap<string, Uint8Array>, port: number): Promise<Served> {
  const server: Server = createServer((request, response) => {
    const path = (request.url ?? '/').split('?')[0]!
    const name = path === '/' ? 'index.html' : path.slice(1)
    const content = files.get(name)
    if (content === undefined || (request.method !== 'GET' && request.method !== 'HEAD')) {
      response.writeHead(404, { 'content-type': 'text/plain' }).end('There is nothing here.\n')
      return
    }
    response.writeHead(200, {
      'content-type': types[name.split('.').at(-1)!] ?? 'application/octet-stream',
      'content-length': content.byteLength,
      'cache-control': 'no-cache',
      'x-content-type-options': 'nosniff',
    })
    response.end(request.method === 'HEAD' ? undefined : content)
  })
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    close: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
